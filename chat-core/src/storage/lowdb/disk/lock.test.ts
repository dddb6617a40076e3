import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { lockFolder } from './lock.ts';

let folder: string;
/** The result of locking a folder whose process is stopped. It takes seconds, during which other tests run. */
let stopped: Promise<unknown>;
beforeAll(() => {
  stopped = lockStopped();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Starts another process that takes the lock and goes on running. */
async function lockInChild(folder: string) {
  const module = fileURLToPath(new URL('lock.ts', import.meta.url));
  const code = `import { lockFolder } from ${JSON.stringify(module)};
    await lockFolder(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

async function lockStopped(): Promise<unknown> {
  const own = await mkdtemp(join(tmpdir(), 'bisik-still-'));
  const other = await lockInChild(own);
  other.kill('SIGSTOP');
  const tried = await lockFolder(own).catch((error: Error) => error);
  other.kill('SIGKILL');
  await once(other, 'exit');
  await rm(own, { recursive: true });
  return tried;
}

it('one process at a time has a folder, and the next one after its release', async () => {
  const lock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow('Another process uses');
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
  await (await lockFolder(folder)).release();
});

it('a folder of another running process is refused, and one of a killed process is free', async () => {
  const other = await lockInChild(folder);
  await expect(lockFolder(folder)).rejects.toThrow('Another process uses');
  other.kill('SIGKILL');
  await once(other, 'exit');
  // The premise: its socket is still there.
  expect(await readdir(folder)).toContain('lock');
  await (await lockFolder(folder)).release();
});

it('of several processes that find a dead socket at the same moment, at most one gets the folder', async () => {
  const other = await lockInChild(folder);
  other.kill('SIGKILL');
  await once(other, 'exit');
  // A second name of its socket, so that each round finds a dead one.
  const [path, spare] = [join(folder, 'lock'), join(folder, 'dead')];
  await link(path, spare);
  for (let round = 0; round < 30; round++) {
    await link(spare, path).catch((error: NodeJS.ErrnoException) => expect(error.code).toBe('EEXIST'));
    const tries = await Promise.allSettled(Array.from({ length: 6 }, () => lockFolder(folder)));
    const held = tries.filter((one) => one.status === 'fulfilled');
    expect(held.length).toBeLessThanOrEqual(1);
    for (const one of held) await one.value.release();
  }
});

it('a path that is too long for a socket is refused in a sentence', async () => {
  await expect(lockFolder(join(folder, 'x'.repeat(120)))).rejects.toThrow('too long for a lock');
});

it('a folder of a stopped process is refused', async () => {
  expect(String(await stopped)).toContain('Another process uses');
});
