import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

/** What a figure depends on besides the code, in one line. */
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
