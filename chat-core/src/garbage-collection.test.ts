import { constants, PerformanceObserver } from 'node:perf_hooks';
import { expect, it, vi } from 'vitest';
import { countFileGarbage } from './garbage-collection.ts';

const MIB = 2 ** 20;

it('the garbage of files is collected every 2 MiB, not before', async () => {
  let forced = 0;
  const observer = new PerformanceObserver((list) => {
    // What V8 collects by itself has no flag.
    for (const entry of list.getEntries()) {
      const { detail } = entry as typeof entry & { detail: { kind: number; flags: number } };
      const { kind, flags } = detail;
      const isForced = (flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0;
      if (kind === constants.NODE_PERFORMANCE_GC_MINOR && isForced) forced += 1;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  countFileGarbage(2 * MIB);
  await vi.waitFor(() => expect(forced).toBe(1));
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 8; n++) Buffer.allocUnsafeSlow(MIB);
  countFileGarbage(MIB);
  countFileGarbage(MIB);
  await vi.waitFor(() => expect(forced).toBe(2));
  await vi.waitFor(() => expect(process.memoryUsage().arrayBuffers).toBeLessThan(before + 4 * MIB));
  observer.disconnect();
});
