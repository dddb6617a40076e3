import { accessSync, constants, existsSync } from 'node:fs';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { inThisForm } from '../command-form.ts';
import { readConfig } from '../config.ts';
import { becomeOwner, type Owner } from '../storage/lowdb/disk/owner.ts';

/** What a person typed: options by name, and the words that are no options. */
export type Given = {
  flag(name: string): boolean;
  value(name: string): string | undefined;
  words: string[];
};

/**
 * Runs a command of this box, as the owner of DATA_DIR when root calls it: `--help` prints its usage, a refusal is one sentence on stderr and exit code 1.
 * `work` answers whether all is well: exit code 0, else 1.
 */
export async function runCommand(
  usage: string,
  options: ParseArgsOptionsConfig,
  work: (given: Given) => Promise<boolean>,
): Promise<void> {
  let owner: Owner | undefined;
  try {
    const parsed = parseArgs({
      options: { ...options, help: { type: 'boolean' } },
      allowPositionals: true,
    });
    const values: Record<string, unknown> = parsed.values;
    if (values.help) {
      process.stdout.write(inThisForm(usage));
      return;
    }
    const files = parsed.positionals.filter((word) => existsSync(word));
    owner = becomeOwner(readConfig().dataDir);
    if (owner) for (const file of files) accessSync(file, constants.R_OK);
    const well = await work({
      flag: (name) => values[name] === true,
      value: (name) => {
        const value = values[name];
        return typeof value === 'string' ? value : undefined;
      },
      words: parsed.positionals,
    });
    if (!well) process.exitCode = 1;
  } catch (error) {
    process.stderr.write(`${inThisForm(sentenceOf(error, owner))}\n`);
    process.exitCode = 1;
  }
}

function sentenceOf(error: unknown, owner: Owner | undefined): string {
  const { message, cause } = error as Error;
  const { code, path } = (cause ?? error) as NodeJS.ErrnoException;
  if (owner === undefined || path === undefined || (code !== 'EACCES' && code !== 'EPERM')) return message;
  return `${path} is not open to user ${owner.uid}, who owns DATA_DIR and as whom a command of root's runs: let that user read or write it, or use a folder of theirs.`;
}

/** Aborted when a command is asked to end, so that it removes what it left half-way. Asked again, it ends at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}

/** Prints one sentence, or one line of a table. */
export function say(line: string): void {
  process.stdout.write(`${inThisForm(line)}\n`);
}

/** Prints how a command is used where it was used otherwise; answers what its work then answers. */
export function refuseUsage(usage: string): false {
  process.stderr.write(inThisForm(usage));
  return false;
}
