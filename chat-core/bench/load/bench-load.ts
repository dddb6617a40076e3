import { openDriver } from '../drive/driver.ts';
import { makeHome } from '../home.ts';
import type { BenchOptions } from '../options.ts';
import { benchCrowd } from './crowd.ts';
import { benchLogins } from './logins.ts';
import { benchOverload } from './overload.ts';

const HELD = 2000;
const OTHERS = 500;
/** A held poll, a socket for writing, and what Node needs itself. */
const FILES = 8192;

/** The figures of docs/benchmarks.md on too many people. Parts: crowd, overload, logins. */
export async function benchLoad({ quick, folder, only }: BenchOptions): Promise<void> {
  const wants = (part: string) => only === undefined || only === part;
  warnOfFewFiles();
  const users = HELD + OTHERS;
  const home = await makeHome(folder, { users, conversations: users / 2, messages: 10_000 });
  const driver = await openDriver();
  // It has more to do than a core can: the cipher beside it is not to wait for it.
  driver.yieldCore();
  try {
    if (wants('crowd')) await benchCrowd(home, driver, HELD, quick ? 5000 : 30_000);
    if (wants('overload')) await benchOverload(home, driver, quick ? 15_000 : 180_000, quick ? 3000 : 10_000);
    // Last: who signs in ten times over ends the tokens that the others use.
    if (wants('logins')) await benchLogins(home, driver, quick ? 5000 : 60_000);
  } finally {
    await driver.stop();
    await home.remove();
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
