import { openDriver } from '../drive/driver.ts';
import type { BenchOptions } from '../options.ts';
import { createTestbed } from '../testbed.ts';
import { benchFootprint } from './footprint.ts';
import { benchGroupLive } from './live.ts';

/** Members of each group. */
export const SIZE = 64;

/** The figures of docs/benchmarks.md on groups. Parts: live, footprint. */
export async function benchGroups({ quick, folder, only }: BenchOptions): Promise<void> {
  const wants = (part: string) => only === undefined || only === part;
  if (wants('live')) {
    const filling = { users: SIZE, conversations: SIZE / 2, messages: 100, groups: { count: 1, size: SIZE } };
    const testbed = await createTestbed(folder, filling);
    const driver = await openDriver();
    try {
      await benchGroupLive(testbed, driver, quick);
    } finally {
      await driver.stop();
      await testbed.remove();
    }
  }
  if (wants('footprint')) await benchFootprint(folder, quick);
}
