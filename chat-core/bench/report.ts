import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

export type Row = { figure: string; measured: string; goal: string; met: boolean | undefined };

const rows: Row[] = [];

/** Adds a row to the table, and prints it at once, because a run is long. */
export function addFigure(figure: string, measured: string, goal: string, met: boolean | undefined): void {
  rows.push({ figure, measured, goal, met });
  console.log(
    `  ${figure}: ${measured} (goal ${goal}${met === undefined ? '' : met ? ', met' : ', MISSED'})`,
  );
}

/** Prints the table in Markdown, as in docs/benchmarks.md; `origin` is how and where it was measured. */
export function printTable(origin?: string): void {
  if (rows.length === 0) return;
  if (origin) console.log(`\n${origin}`);
  console.log('\n| figure | measured | goal | |\n|---|---|---|---|');
  for (const { figure, measured, goal, met } of rows) {
    console.log(
      `| ${figure} | ${measured} | ${goal} | ${met === undefined ? '' : met ? 'met' : '**missed**'} |`,
    );
  }
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

export const number = (value: number, digits = 0): string =>
  value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** The machine and the commit, in one line. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return [
    `node ${process.version}`,
    `${process.platform} ${process.arch} ${release()}`,
    `${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}`,
    `${gibibytes} GiB`,
    `commit ${commit()}`,
    new Date().toISOString().slice(0, 10),
  ].join(', ');
}

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, {
        cwd: import.meta.dirname,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', '..', '../../cipher-service');
    return git('rev-parse', '--short', 'HEAD') + (changed ? ' with changes' : '');
  } catch {
    return 'unknown';
  }
}
