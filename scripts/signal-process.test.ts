import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { signalProcess } from './signal-process.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

it.each([undefined, 0, -0, 1, -1, Number.NaN, 0.5])('a signal to the process id %s is refused', (pid) => {
  // SIGURG is ignored by default: a failing test must not end the run.
  expect(() => signalProcess(pid, 'SIGURG')).toThrow('is no process to signal');
});

it('a signal reaches the process with the id, and a negative id its process group', async () => {
  for (const sign of [1, -1]) {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
    await once(child, 'spawn');
    signalProcess(sign * (child.pid ?? 0), 'SIGKILL');
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  }
});

it('no test and no program signals a process in another way', () => {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts', '*.mjs'], {
    cwd: root,
    encoding: 'utf8',
  });
  const signalling = files
    .trim()
    .split('\n')
    .filter((file) => /process\.kill\((?![^()]*, 0\))/.test(readFileSync(join(root, file), 'utf8')))
    .sort();
  // The health check reads the ids from the names of folders in /proc, which are numbers from 1.
  expect(signalling).toEqual(['cipher-service/src/healthcheck.ts', 'scripts/signal-process.ts']);
});
