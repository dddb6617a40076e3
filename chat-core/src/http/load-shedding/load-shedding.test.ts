import { describe, expect, it, vi } from 'vitest';
import { openLog } from '../../log.ts';
import { openAdmission, type Priority } from './load-shedding.ts';

const log = openLog('silent');
const ORDER: Priority[] = ['lowest', 'low', 'normal', 'high'];

/** Which kinds of request are let in at a level. */
function letIn(level: number): Priority[] {
  const admission = openAdmission({ strains: [() => level] }, log);
  return ORDER.filter((priority) => admission.wait(priority) === 0);
}

describe('admission', () => {
  it('refuses more kinds of request the higher the pressure, in one order', () => {
    expect([0, 0.59, 0.6, 0.75, 0.9, 0.99, 1, 7].map((level) => letIn(level).length)).toEqual([
      4, 4, 3, 2, 1, 1, 0, 0,
    ]);
    expect([letIn(0.6), letIn(0.75), letIn(0.9)]).toEqual([ORDER.slice(1), ORDER.slice(2), ['high']]);
  });

  it('takes the worst of what strains the box', () => {
    const strains = [0.2, 0.7, 0.1].map((level) => () => level);
    expect(openAdmission({ strains }, log).pressure()).toBe(0.7);
  });

  it('lets in as many as may be under way, and more as soon as some have left', () => {
    const admission = openAdmission({ strains: [], most: 10 }, log);
    for (let n = 0; n < 10; n++) expect(admission.enter('high')).toBe(0);
    expect(admission.pressure()).toBe(1);
    expect(admission.enter('high')).toBeGreaterThan(0);
    admission.leave();
    expect(admission.enter('high')).toBe(0);
    for (let n = 0; n < 10; n++) admission.leave();
    expect(admission.pressure()).toBe(0);
  });

  it('refuses no poll for what others have under way', () => {
    const admission = openAdmission({ strains: [], queues: [() => 1], most: 2 }, log);
    expect([admission.wait('normal'), admission.wait('high')].every((seconds) => seconds > 0)).toBe(true);
    expect(admission.wait('poll')).toBe(0);
    expect(openAdmission({ strains: [() => 0.9] }, log).wait('poll')).toBeGreaterThan(0);
  });

  it('does not count who waits, whatever comes of the waiting', async () => {
    const admission = openAdmission({ strains: [], most: 2 }, log);
    const [held, broken] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    admission.enter('normal');
    const one = admission.hold(held.promise);
    admission.enter('normal');
    const two = admission.hold(broken.promise);
    expect(admission.pressure()).toBe(0);
    held.resolve('news');
    expect(await one).toBe('news');
    expect(admission.pressure()).toBe(0.5);
    broken.reject(new Error('gone'));
    await expect(two).rejects.toThrow('gone');
    expect(admission.pressure()).toBe(1);
  });

  it('tells whom it refuses to come back after 1 to 5 seconds, not all at once', () => {
    const admission = openAdmission({ strains: [() => 1] }, log);
    const waits = Array.from({ length: 200 }, () => admission.enter('high'));
    expect([...new Set(waits)].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('writes one line about many refusals', () => {
    const warn = vi.spyOn(log, 'warn');
    const admission = openAdmission({ strains: [() => 1] }, log);
    for (let n = 0; n < 100; n++) admission.enter('high');
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });
});
