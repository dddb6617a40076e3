import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { constants, getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as bcrypt from 'bcrypt';
import { afterEach, expect, it, vi } from 'vitest';
import { compare, hash } from './bcrypt-client.ts';

vi.mock('node:child_process', { spy: true });
afterEach(() => {
  vi.useRealTimers();
});

/** The current worker process. */
const worker = () => vi.mocked(fork).mock.results.at(-1)?.value as ChildProcess;

it('passwords are hashed and compared as bcrypt does, many at once in one process', async () => {
  const hashes = await Promise.all(['kopi', 'teh', 'jahe'].map((text) => hash(text, 4)));
  expect(await Promise.all(hashes.map((one) => bcrypt.compare('teh', one)))).toEqual([false, true, false]);
  const stored = await bcrypt.hash('susu', 4);
  expect(await Promise.all(['susu', 'kopi'].map((text) => compare(text, stored)))).toEqual([true, false]);
  expect(fork).toHaveBeenCalledTimes(1);
});

it('the hashing process and its threads run at the lowest priority', async () => {
  await hash('kopi', 4);
  const pid = worker().pid ?? 0;
  expect(getPriority(pid)).toBe(constants.priority.PRIORITY_LOW);
  expect(getPriority()).toBeLessThan(constants.priority.PRIORITY_LOW);
  if (process.platform !== 'linux') return;
  // On Linux each thread has its own priority: those of Node itself, which starts for longer than it hashes, and of bcrypt.
  const threads = readdirSync(`/proc/${pid}/task`).map((id) => getPriority(Number(id)));
  expect(threads.filter((one) => one !== constants.priority.PRIORITY_LOW)).toEqual([]);
});

it('requests fail when the process is killed, and new ones succeed', async () => {
  const failed = expect(Promise.all([hash('kopi', 12), hash('teh', 12)])).rejects.toThrow('ended');
  worker().kill('SIGKILL');
  await failed;
  expect(await compare('susu', await hash('susu', 4))).toBe(true);
});

it('a process that hangs is killed after two minutes: its requests fail and new ones succeed', async () => {
  await hash('kopi', 4);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const stopped = worker();
  stopped.kill('SIGSTOP');
  const failed = expect(hash('kopi', 4)).rejects.toThrow('ended');
  vi.advanceTimersByTime(119_999);
  expect(stopped.signalCode).toBeNull();
  vi.advanceTimersByTime(1);
  await failed;
  expect(stopped.signalCode).toBe('SIGKILL');
  expect(await compare('susu', await hash('susu', 4))).toBe(true);
});

it('a request that bcrypt refuses fails, and the next one succeeds', async () => {
  await expect(hash(undefined as unknown as string, 4)).rejects.toThrow('refused');
  expect(await compare('susu', await hash('susu', 4))).toBe(true);
});

it('the process ends after half a minute without requests, and another starts when needed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await hash('kopi', 4);
  const first = worker();
  const ended = once(first, 'exit');
  vi.advanceTimersByTime(29_999);
  await hash('kopi', 4);
  expect(worker()).toBe(first);
  vi.advanceTimersByTime(29_999);
  expect(first.connected).toBe(true);
  vi.advanceTimersByTime(1);
  expect(await ended).toEqual([0, null]);
  expect(await hash('kopi', 4)).toMatch(/^\$2b\$04\$/);
  expect(worker()).not.toBe(first);
});

it.each([
  ['does not run here', 0o700],
  ['may not be run', 0o600],
])('passwords are hashed in the main process where the executable %s', async (_, mode) => {
  const folder = mkdtempSync(join(tmpdir(), 'bisik-hashing-'));
  const { execPath } = process;
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  try {
    process.execPath = join(folder, 'program');
    writeFileSync(process.execPath, '\u007fELF of another machine', { mode });
    vi.resetModules();
    const client = await import('./bcrypt-client.ts');
    const stored = await client.hash('kopi', 4);
    expect([await client.compare('kopi', stored), await client.compare('teh', stored)]).toEqual([
      true,
      false,
    ]);
    expect(warn).toHaveBeenCalledTimes(1);
  } finally {
    process.execPath = execPath;
    warn.mockRestore();
    rmSync(folder, { recursive: true });
  }
});
