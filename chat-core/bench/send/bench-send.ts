import { openDriver } from '../drive/driver.ts';
import { type BenchOptions, paceOf } from '../options.ts';
import { profileUnderLoad } from '../profile.ts';
import { createTestbed } from '../testbed.ts';
import { benchAgainstProsody } from './delivered.ts';
import { benchAgainstEcho } from './echo.ts';
import { benchAgainstSeed } from './stored.ts';

const STORED = 10_000;

/** The figures of docs/benchmarks.md on sending. Parts: seed, echo, prosody. */
export async function benchSend({ quick, folder, only, profile }: BenchOptions): Promise<void> {
  const wants = (part: string) => only === undefined || only === part;
  const pace = paceOf(quick);
  const testbed = await createTestbed(folder, { users: 128, conversations: 64, messages: STORED });
  const driver = await openDriver();
  try {
    if (profile) {
      await profileUnderLoad(testbed, driver, 'send', pace);
      return;
    }
    // First, while the database holds exactly this many messages.
    if (wants('seed')) await benchAgainstSeed(testbed, driver, STORED, pace);
    if (wants('echo')) await benchAgainstEcho(testbed, driver, pace);
    if (wants('prosody')) await benchAgainstProsody(testbed, driver, pace);
  } finally {
    await driver.stop();
    await testbed.remove();
  }
}
