import { describe, expect, it, vi } from 'vitest';
import { createLog } from '../../log.ts';
import { createLoadShedder, type Priority } from './load-shedding.ts';

const log = createLog('silent');
const ORDER: Priority[] = ['lowest', 'low', 'normal', 'high'];

/** The priorities that are admitted at a load. */
function admittedAt(level: number): Priority[] {
  const shedder = createLoadShedder({ processLoads: [() => level] }, log);
  return ORDER.filter((priority) => shedder.retryAfterSeconds(priority) === 0);
}

describe('load shedding', () => {
  it('the higher the load, the more priorities are refused, in one order', () => {
    expect([0, 0.59, 0.6, 0.75, 0.9, 0.99, 1, 7].map((level) => admittedAt(level).length)).toEqual([
      4, 4, 3, 2, 1, 1, 0, 0,
    ]);
    expect([admittedAt(0.6), admittedAt(0.75), admittedAt(0.9)]).toEqual([
      ORDER.slice(1),
      ORDER.slice(2),
      ['high'],
    ]);
  });

  it('the highest of several loads counts', () => {
    const processLoads = [0.2, 0.7, 0.1].map((level) => () => level);
    expect(createLoadShedder({ processLoads }, log).load()).toBe(0.7);
  });

  it('as many requests enter as may be in flight, and more once some have left', () => {
    const shedder = createLoadShedder({ processLoads: [], maxInFlight: 10 }, log);
    for (let n = 0; n < 10; n++) expect(shedder.tryEnter('high')).toBe(0);
    expect(shedder.load()).toBe(1);
    expect(shedder.tryEnter('high')).toBeGreaterThan(0);
    shedder.leave();
    expect(shedder.tryEnter('high')).toBe(0);
    for (let n = 0; n < 10; n++) shedder.leave();
    expect(shedder.load()).toBe(0);
  });

  it('a poll is not refused for queues or requests in flight, only for the load of the process', () => {
    const shedder = createLoadShedder({ processLoads: [], queueLoads: [() => 1], maxInFlight: 2 }, log);
    expect(
      [shedder.retryAfterSeconds('normal'), shedder.retryAfterSeconds('high')].every(
        (seconds) => seconds > 0,
      ),
    ).toBe(true);
    expect(shedder.retryAfterSeconds('poll')).toBe(0);
    expect(createLoadShedder({ processLoads: [() => 0.9] }, log).retryAfterSeconds('poll')).toBeGreaterThan(
      0,
    );
  });

  it('a request on hold does not count as in flight, whether the wait succeeds or fails', async () => {
    const shedder = createLoadShedder({ processLoads: [], maxInFlight: 2 }, log);
    const [held, broken] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    shedder.tryEnter('normal');
    const one = shedder.hold(held.promise);
    shedder.tryEnter('normal');
    const two = shedder.hold(broken.promise);
    expect(shedder.load()).toBe(0);
    held.resolve('value');
    expect(await one).toBe('value');
    expect(shedder.load()).toBe(0.5);
    broken.reject(new Error('gone'));
    await expect(two).rejects.toThrow('gone');
    expect(shedder.load()).toBe(1);
  });

  it('refused clients are sent away for 1 to 5 seconds, not all for the same time', () => {
    const shedder = createLoadShedder({ processLoads: [() => 1] }, log);
    const waits = Array.from({ length: 200 }, () => shedder.tryEnter('high'));
    expect([...new Set(waits)].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('many refusals make one line in the log', () => {
    const warn = vi.spyOn(log, 'warn');
    const shedder = createLoadShedder({ processLoads: [() => 1] }, log);
    for (let n = 0; n < 100; n++) shedder.tryEnter('high');
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });
});
