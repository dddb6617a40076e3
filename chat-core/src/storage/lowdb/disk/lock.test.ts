import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { lockFolder } from './lock.ts';

let folder: string;
/** What comes of trying a folder whose process stands still: it takes its time, while other tests run. */
let still: Promise<unknown>;
beforeAll(() => {
  still = tryStill();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Another process that takes the lock, says so, and lives on. */
async function holdElsewhere(folder: string) {
  const module = fileURLToPath(new URL('lock.ts', import.meta.url));
  const code = `import { lockFolder } from ${JSON.stringify(module)};
    await lockFolder(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

async function tryStill(): Promise<unknown> {
  const own = await mkdtemp(join(tmpdir(), 'bisik-still-'));
  const other = await holdElsewhere(own);
  other.kill('SIGSTOP');
  const tried = await lockFolder(own).catch((error: Error) => error);
  other.kill('SIGKILL');
  await once(other, 'exit');
  await rm(own, { recursive: true });
  return tried;
}

it('one process at a time has a folder, and the next one after it', async () => {
  const lock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow('Another process uses');
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
  await (await lockFolder(folder)).release();
});

it('another living process keeps its folder; a killed one leaves nothing in the way', async () => {
  const other = await holdElsewhere(folder);
  await expect(lockFolder(folder)).rejects.toThrow('Another process uses');
  other.kill('SIGKILL');
  await once(other, 'exit');
  // The premise: its socket is still there.
  expect(await readdir(folder)).toContain('lock');
  await (await lockFolder(folder)).release();
});

it('of many who find a dead one at the same moment, one gets the folder', async () => {
  const other = await holdElsewhere(folder);
  other.kill('SIGKILL');
  await once(other, 'exit');
  // Its socket under another name, so that each round finds a dead one.
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

it('a path longer than a socket takes is refused in a sentence', async () => {
  await expect(lockFolder(join(folder, 'x'.repeat(120)))).rejects.toThrow('too long for a lock');
});

it('a process that stands still keeps its folder too', async () => {
  expect(String(await still)).toContain('Another process uses');
});
