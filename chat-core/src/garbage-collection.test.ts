import { expect, it, vi } from 'vitest';
import { countFileGarbage } from './garbage-collection.ts';

const MIB = 2 ** 20;

it('the garbage of files is collected every 2 MiB, not before', async () => {
  const kept = () => process.memoryUsage().arrayBuffers / MIB;
  countFileGarbage(2 * MIB);
  const before = kept();
  for (let n = 0; n < 8; n++) Buffer.allocUnsafeSlow(MIB);
  countFileGarbage(MIB);
  expect(kept()).toBeGreaterThanOrEqual(before + 8);
  countFileGarbage(MIB);
  await vi.waitFor(() => expect(kept()).toBeLessThan(before + 4));
});
