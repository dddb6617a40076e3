import { openDriver } from '../drive/driver.ts';
import type { BenchOptions } from '../options.ts';
import { createTestbed } from '../testbed.ts';
import { benchAbuse } from './abuse.ts';
import { benchCrowd } from './crowd.ts';
import { benchLogins } from './logins.ts';
import { benchOverload } from './overload.ts';

const HELD = 2000;
const OTHERS = 500;
/** Sockets for held polls and for sends, and the files of Node itself. */
const FILES = 8192;

/** The figures of docs/benchmarks.md on too many people. Parts: crowd, overload, abuse, logins. */
export async function benchLoad({ quick, folder, only }: BenchOptions): Promise<void> {
  const wants = (part: string) => only === undefined || only === part;
  warnOfFewFiles();
  const users = HELD + OTHERS;
  const testbed = await createTestbed(folder, { users, conversations: users / 2, messages: 10_000 });
  const driver = await openDriver();
  // The driver needs more than a core: cipher-service on the same core must not wait for it.
  driver.yieldCore();
  try {
    if (wants('crowd')) await benchCrowd(testbed, driver, HELD, quick ? 5000 : 30_000);
    if (wants('overload'))
      await benchOverload(testbed, driver, quick ? 15_000 : 180_000, quick ? 3000 : 10_000);
    if (wants('abuse')) await benchAbuse(testbed, driver, quick ? 2000 : 10_000);
    // Last: more than ten logins of an account end the tokens that the other parts use.
    if (wants('logins')) await benchLogins(testbed, driver, quick ? 5000 : 60_000);
  } finally {
    await driver.stop();
    await testbed.remove();
  }
}

/** Node raises its own limit of open files to the hard one when it starts. */
function warnOfFewFiles(): void {
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { hard: number | string } };
  };
  const hard = userLimits?.open_files?.hard;
  if (typeof hard === 'number' && hard < FILES) {
    console.log(`!!! a process may open ${hard} files here, and ${FILES} are wanted: ulimit -n ${FILES}`);
  }
}
