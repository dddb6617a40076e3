import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** What a person typed: options by name, and the words that are no options. */
export type Given = {
  flag(name: string): boolean;
  value(name: string): string | undefined;
  words: string[];
};

/**
 * Runs a command of this box: `--help` prints its usage, a refusal is one sentence on stderr and exit code 1.
 * `work` answers whether all is well: exit code 0, else 1.
 */
export async function runCommand(
  usage: string,
  options: ParseArgsOptionsConfig,
  work: (given: Given) => Promise<boolean>,
): Promise<void> {
  try {
    const parsed = parseArgs({
      options: { ...options, help: { type: 'boolean' } },
      allowPositionals: true,
    });
    const values: Record<string, unknown> = parsed.values;
    if (values.help) {
      process.stdout.write(usage);
      return;
    }
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
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

/** Prints one sentence, or one line of a table. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
