import { openDriver } from '../drive/driver.ts';
import { makeHome } from '../home.ts';
import { type BenchOptions, paceOf } from '../options.ts';
import { profileUnderLoad } from '../profile.ts';
import { benchAgainstProsody } from './delivered.ts';
import { benchAgainstEcho } from './echo.ts';
import { benchAgainstSeed } from './stored.ts';

const STORED = 10_000;

/** The figures of docs/benchmarks.md on sending. Parts: seed, echo, prosody. */
export async function benchSend({ quick, folder, only, profile }: BenchOptions): Promise<void> {
  const wants = (part: string) => only === undefined || only === part;
  const pace = paceOf(quick);
  const home = await makeHome(folder, { users: 128, conversations: 64, messages: STORED });
  const driver = await openDriver();
  try {
    if (profile) {
      await profileUnderLoad(home, driver, 'send', pace);
      return;
    }
    // First, while there are no more messages than it says.
    if (wants('seed')) await benchAgainstSeed(home, driver, STORED, pace);
    if (wants('echo')) await benchAgainstEcho(home, driver, pace);
    if (wants('prosody')) await benchAgainstProsody(home, driver, pace);
  } finally {
    await driver.stop();
    await home.remove();
  }
}
