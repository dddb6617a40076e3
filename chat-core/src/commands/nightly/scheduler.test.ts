import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackupState } from '../../wire/owner.ts';
import { Scheduler } from './scheduler.ts';
import { readState, writeState } from './state-file.ts';

let scratchDir: string;
let now: number;
let reports: BackupState[];
let requested: boolean;
let runs: number;
let outcome: () => Promise<void>;
beforeEach(async () => {
  scratchDir = await mkdtemp(join(tmpdir(), 'bisik-scheduler-'));
  now = new Date('2026-11-20T15:00').getTime();
  [reports, requested, runs] = [[], false, 0];
  outcome = async () => {
    await writeState(scratchDir, { failures: 0, lastAt: now, lastAttemptAt: now, running: false });
  };
});
afterEach(() => rm(scratchDir, { recursive: true }));

const scheduler = () =>
  new Scheduler({
    label: 'the target',
    time: '03:00',
    scratchDir,
    now: () => now,
    run: async () => {
      runs += 1;
      await outcome();
    },
    report: async (state) => {
      reports.push(state);
      return requested;
    },
  });
const tick = async (one: Scheduler) => {
  await one.tick();
  await one.idle();
};

describe('the scheduler', () => {
  it('makes a backup that is due, then none until the next day or a request', async () => {
    const one = scheduler();
    for (let n = 0; n < 3; n++) await tick(one);
    expect(runs).toBe(1);
    expect(reports.at(-1)).toEqual({
      target: 'the target',
      lastAt: now,
      attemptAt: now,
      next: new Date('2026-11-21T03:00').getTime(),
    });
    requested = true;
    await tick(one);
    expect(runs).toBe(2);
    requested = false;
    now = new Date('2026-11-21T03:00:10').getTime();
    await tick(one);
    expect(runs).toBe(3);
  });

  it('while a backup runs, a request starts no other, and its end is reported', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const finish = outcome;
    outcome = () => promise.then(finish);
    const one = scheduler();
    requested = true;
    for (let n = 0; n < 3; n++) await one.tick();
    expect(runs).toBe(1);
    expect(reports.map(({ running }) => running)).toEqual([undefined, true, true]);
    resolve();
    await one.idle();
    requested = false;
    await tick(one);
    expect([runs, reports.at(-1)?.lastAt, reports.at(-1)?.running]).toEqual([1, now, undefined]);
  });

  it('a run that is killed, in this process or in one before, counts as failed and is repeated after a pause', async () => {
    outcome = () => writeState(scratchDir, { failures: 0, lastAttemptAt: now, running: true });
    const one = scheduler();
    await tick(one);
    expect(await readState(scratchDir)).toMatchObject({ failures: 1, error: 'INTERRUPTED', running: false });
    await tick(one);
    now += 4 * 60_000;
    await tick(one);
    expect(runs).toBe(1);
    now += 60_000;
    await tick(one);
    expect(runs).toBe(2);

    await writeState(scratchDir, { failures: 2, lastAttemptAt: now, running: true });
    const next = scheduler();
    await next.recover();
    await tick(next);
    expect([runs, reports.at(-1)?.error]).toEqual([2, 'INTERRUPTED']);
  });

  it('a run that ends without any trace counts as failed', async () => {
    outcome = async () => {
      throw new Error('no such program');
    };
    await tick(scheduler());
    expect(await readState(scratchDir)).toMatchObject({ failures: 1, error: 'INTERRUPTED' });
  });

  it('writes nothing while no backup is due', async () => {
    const one = scheduler();
    await tick(one);
    const before = await stat(join(scratchDir, 'state.json'));
    for (let n = 0; n < 20; n++) await tick(one);
    expect((await stat(join(scratchDir, 'state.json'))).mtimeMs).toBe(before.mtimeMs);
    expect(await readdir(scratchDir)).toEqual(['state.json']);
  });
});
