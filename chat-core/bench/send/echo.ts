import { startCeiling } from '../ceilings/start.ts';
import type { Driver } from '../drive/driver.ts';
import { requestText, sendText } from '../drive/request.ts';
import { TEXT } from '../fill.ts';
import type { Pace } from '../options.ts';
import { addRatio, measureRounds } from '../rounds.ts';
import type { Testbed } from '../testbed.ts';

const CONNECTIONS = 64;
const ECHO_BYTES = 200;

/** Durable, sealed, authenticated sends against an Express that only parses and answers. */
export async function benchAgainstEcho(testbed: Testbed, driver: Driver, pace: Pace): Promise<void> {
  const core = await testbed.startCore();
  const echo = await startCeiling('express-echo');
  try {
    const theirs = { ...echo, requests: [echoText()] };
    // Each connection is one person: a commit waits for others (group commit) only when several people send at once.
    const at = (connections: number) => {
      const requests = testbed.people.slice(0, connections).map((one) => sendText(one, TEXT));
      const sides = {
        send: { ...core, requests, connections },
        'bare Express echo': { ...theirs, connections },
      };
      return measureRounds(driver, sides, pace);
    };

    const many = await at(CONNECTIONS);
    const rates = (name: keyof typeof many) => many[name].map(({ perSecond }) => perSecond);
    addRatio(
      'durable, sealed sends a second, 64 connections ÷ bare Express echoing 200 bytes of JSON',
      { ours: rates('send'), theirs: rates('bare Express echo'), unit: '/s' },
      '≥ 0.45',
    );
    const alone = await at(1);
    const times = (name: keyof typeof alone) => alone[name].map(({ p50 }) => p50);
    addRatio(
      'one connection: p50 of a send ÷ p50 of the echo',
      { ours: times('send'), theirs: times('bare Express echo'), unit: ' ms', digits: 3 },
      '≤ 10',
    );
  } finally {
    await echo.stop();
    await core.stop();
  }
}

/** A body of 200 bytes. */
function echoText(): string {
  const empty = JSON.stringify({ message: '' }).length;
  return requestText('POST', '/echo', { body: { message: 'm'.repeat(ECHO_BYTES - empty) } });
}
