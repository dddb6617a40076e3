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

/** The process that hashes now. */
const hashing = () => vi.mocked(fork).mock.results.at(-1)?.value as ChildProcess;

it('hashes and compares as bcrypt does, many at once in one process', async () => {
  const made = await Promise.all(['kopi', 'teh', 'jahe'].map((text) => hash(text, 4)));
  expect(await Promise.all(made.map((one) => bcrypt.compare('teh', one)))).toEqual([false, true, false]);
  const stored = await bcrypt.hash('susu', 4);
  expect(await Promise.all(['susu', 'kopi'].map((text) => compare(text, stored)))).toEqual([true, false]);
  expect(fork).toHaveBeenCalledTimes(1);
});

it('leaves the processors to everything else, with the threads that hash', async () => {
  await hash('kopi', 4);
  const pid = hashing().pid ?? 0;
  expect(getPriority(pid)).toBe(constants.priority.PRIORITY_LOW);
  expect(getPriority()).toBeLessThan(constants.priority.PRIORITY_LOW);
  if (process.platform !== 'linux') return;
  // There a priority is a thread's: the one that waits for work, and bcrypt's own.
  const threads = readdirSync(`/proc/${pid}/task`).map((id) => getPriority(Number(id)));
  expect(threads.filter((one) => one === constants.priority.PRIORITY_LOW).length).toBeGreaterThanOrEqual(3);
});

it('fails those who wait when the process is killed, and nobody after them', async () => {
  const failed = expect(Promise.all([hash('kopi', 12), hash('teh', 12)])).rejects.toThrow('ended');
  hashing().kill('SIGKILL');
  await failed;
  expect(await compare('susu', await hash('susu', 4))).toBe(true);
});

it('ends a process that hangs after two minutes: who waited is refused, and the next one is served', async () => {
  await hash('kopi', 4);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const stopped = hashing();
  stopped.kill('SIGSTOP');
  const failed = expect(hash('kopi', 4)).rejects.toThrow('ended');
  vi.advanceTimersByTime(119_999);
  expect(stopped.signalCode).toBeNull();
  vi.advanceTimersByTime(1);
  await failed;
  expect(stopped.signalCode).toBe('SIGKILL');
  expect(await compare('susu', await hash('susu', 4))).toBe(true);
});

it('fails what bcrypt refuses, and goes on', async () => {
  await expect(hash(undefined as unknown as string, 4)).rejects.toThrow('refused');
  expect(await compare('susu', await hash('susu', 4))).toBe(true);
});

it('ends the process when nobody has hashed for half a minute, and starts another', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await hash('kopi', 4);
  const first = hashing();
  const ended = once(first, 'exit');
  vi.advanceTimersByTime(29_999);
  await hash('kopi', 4);
  expect(hashing()).toBe(first);
  vi.advanceTimersByTime(29_999);
  expect(first.connected).toBe(true);
  vi.advanceTimersByTime(1);
  expect(await ended).toEqual([0, null]);
  expect(await hash('kopi', 4)).toMatch(/^\$2b\$04\$/);
  expect(hashing()).not.toBe(first);
});

it.each([
  ['does not run here', 0o700],
  ['may not be run', 0o600],
])('hashes beside everything else where the program of the process %s', async (_, mode) => {
  const folder = mkdtempSync(join(tmpdir(), 'bisik-hashing-'));
  const { execPath } = process;
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  try {
    process.execPath = join(folder, 'program');
    writeFileSync(process.execPath, '\u007fELF of another machine', { mode });
    vi.resetModules();
    const alone = await import('./bcrypt-client.ts');
    const stored = await alone.hash('kopi', 4);
    expect([await alone.compare('kopi', stored), await alone.compare('teh', stored)]).toEqual([true, false]);
    expect(warn).toHaveBeenCalledTimes(1);
  } finally {
    process.execPath = execPath;
    warn.mockRestore();
    rmSync(folder, { recursive: true });
  }
});
