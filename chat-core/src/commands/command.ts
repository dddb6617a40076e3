import { accessSync, constants, existsSync } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { formatCommands } from '../command-form.ts';
import { readConfig } from '../config.ts';
import { becomeOwner, type Owner } from '../storage/lowdb/disk/data-folder.ts';

/** The parsed command line. */
export type Arguments = {
  flag(name: string): boolean;
  value(name: string): string | undefined;
  positionals: string[];
};

/** Commands that read or write the files of LowDB. */
const FOR_FILES = new Set(['backup', 'restore', 'import', 'export', 'verify', 'repair', 'rotate-keys']);

/**
 * Runs a command, as the owner of DATA_DIR when root calls it. `--help` prints the usage; an error is printed as one
 * sentence on stderr, with exit code 1, which is also that of a `work` that resolves to false.
 */
export async function runCommand(
  usage: string,
  options: ParseArgsOptionsConfig,
  work: (args: Arguments) => Promise<boolean>,
): Promise<void> {
  let owner: Owner | undefined;
  try {
    const parsed = parseArgs({
      options: { ...options, help: { type: 'boolean' } },
      allowPositionals: true,
    });
    const values: Record<string, unknown> = parsed.values;
    if (values.help) {
      process.stdout.write(formatCommands(usage));
      return;
    }
    const files = parsed.positionals.filter((word) => existsSync(word));
    const { dataDir, shared } = readConfig();
    if (shared) refuseOnShared(nameOfCommand());
    owner = becomeOwner(dataDir);
    if (owner) for (const file of files) accessSync(file, constants.R_OK);
    const succeeded = await work({
      flag: (name) => values[name] === true,
      value: (name) => {
        const value = values[name];
        return typeof value === 'string' ? value : undefined;
      },
      positionals: parsed.positionals,
    });
    if (!succeeded) process.exitCode = 1;
    else if (values['dry-run'] !== true) {
      // Loaded last: it brings what a command may not need.
      const { recordCommand } = await import('./record-command.ts');
      await recordCommand(readConfig(), nameOfCommand());
    }
  } catch (error) {
    process.stderr.write(`${formatCommands(sentenceOf(error, owner))}\n`);
    process.exitCode = 1;
  }
}

function nameOfCommand(): string {
  return basename(process.argv[1] ?? '', '.ts');
}

/** @throws Error when a command works on the files of LowDB, and the box keeps its data in PostgreSQL */
function refuseOnShared(name: string): void {
  if (!FOR_FILES.has(name)) return;
  throw new Error(
    `DATABASE_URL is set, and ${name} works on the files of a database in DATA_DIR: use the programs of PostgreSQL, or remove DATABASE_URL.`,
  );
}

function sentenceOf(error: unknown, owner: Owner | undefined): string {
  const { message, cause } = error as Error;
  const { code, path } = (cause ?? error) as NodeJS.ErrnoException;
  if (owner === undefined || path === undefined || (code !== 'EACCES' && code !== 'EPERM')) return message;
  return `${path} is not open to user ${owner.uid}, who owns DATA_DIR and as whom a command of root's runs: let that user read or write it, or use a folder of theirs.`;
}

/** Aborted by the first signal to end, so that a command removes unfinished files. A second signal ends the process. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}

/** Prints a line to standard output. */
export function print(line: string): void {
  process.stdout.write(`${formatCommands(line)}\n`);
}

/** Prints the usage after a wrong call; returns the result of the `work`. */
export function refuseUsage(usage: string): false {
  process.stderr.write(formatCommands(usage));
  return false;
}

/** Asks for a yes at the terminal. Without a terminal the answer is no, and a sentence names `--yes`. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    process.stderr.write(`${question} There is no terminal to ask at: say --yes.\n`);
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

/** Milliseconds between two lines where stderr is no terminal. */
const LINE_INTERVAL_MS = 5000;

/** Shows progress on stderr: one changing line on a terminal, a line every few seconds elsewhere. */
export class Progress {
  private readonly what: string;
  private readonly total: number;
  private lastLineAt = performance.now();

  constructor(what: string, total: number) {
    this.what = what;
    this.total = total;
  }

  show(done: number): void {
    const line = `${this.what}: ${done.toLocaleString('en')} of ${this.total.toLocaleString('en')}`;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r${line}\u001b[K${done >= this.total ? '\n' : ''}`);
    } else if (performance.now() - this.lastLineAt >= LINE_INTERVAL_MS) {
      this.lastLineAt = performance.now();
      process.stderr.write(`${line}\n`);
    }
  }
}

/** Shows progress in bytes, a line per megabyte at most. The first call says how many there are. */
export function showBytes(what: string): (done: number, total: number) => void {
  let progress: Progress | undefined;
  let shown = 0;
  return (done, total) => {
    progress ??= new Progress(what, total);
    if (done - shown < 2 ** 20 && done < total) return;
    shown = done;
    progress.show(done);
  };
}
