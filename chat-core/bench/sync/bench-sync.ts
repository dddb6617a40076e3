import { openDriver } from '../drive/driver.ts';
import { type BenchOptions, paceOf } from '../options.ts';
import { profileUnderLoad } from '../profile.ts';
import { createTestbed } from '../testbed.ts';
import { benchIdlePolls } from './idle.ts';
import { benchLive } from './live.ts';
import { benchMemory } from './memory.ts';
import { benchTyping } from './typing.ts';

const HELD = 1000;

/** The figures of docs/benchmarks.md on the one poll. Parts: memory, idle, live, typing. */
export async function benchSync({ quick, folder, only, profile }: BenchOptions): Promise<void> {
  const wants = (part: string) => only === undefined || only === part;
  const pace = paceOf(quick);
  const testbed = await createTestbed(folder, { users: HELD, conversations: HELD / 2, messages: 10_000 });
  const driver = await openDriver();
  try {
    if (profile) {
      await profileUnderLoad(testbed, driver, 'poll', pace);
      return;
    }
    if (wants('memory')) await benchMemory(testbed, driver, HELD, quick);
    if (wants('idle')) await benchIdlePolls(testbed, driver, pace);
    if (wants('live')) await benchLive(testbed, driver, pace);
    if (wants('typing')) await benchTyping(testbed, quick);
  } finally {
    await driver.stop();
    await testbed.remove();
  }
}
