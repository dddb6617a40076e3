import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openDriver } from './drive/driver.ts';
import { cursorsOf } from './drive/polls.ts';
import { pollText, sendText } from './drive/request.ts';
import { TEXT } from './fill.ts';
import { type BenchOptions, type Pace, paceOf } from './options.ts';
import { addRatio, measureRounds } from './rounds.ts';
import { createTestbed, strangers, type Testbed } from './testbed.ts';

const CONNECTIONS = 64;
/** Short rounds and many of them: a machine's own ups and downs are larger than what is looked for. */
const ROUNDS = 4;

/** Sends and idle polls a second of this commit ÷ those of the one checked out in `--before`, both running, in turns. */
export async function benchBefore({ quick, folder, only, before }: BenchOptions): Promise<void> {
  if (!before) throw new Error('--before names the folder of a checkout with its node_modules');
  const module = resolve(before, 'chat-core/bench/testbed.ts');
  await access(module);
  const other = (await import(pathToFileURL(module).href)) as { createTestbed: typeof createTestbed };
  const filling = { users: 128, conversations: 64, messages: 1000 };
  const { rounds, ms, warmUpMs } = paceOf(quick);
  const pace = { rounds: rounds * ROUNDS, ms: ms / 2, warmUpMs };
  const wants = (part: string) => only === undefined || only === part;
  const testbeds: Testbed[] = [];
  const driver = await openDriver();
  try {
    for (const create of [createTestbed, other.createTestbed]) testbeds.push(await create(folder, filling));
    if (wants('sends')) await compare(testbeds, driver, pace, 'sends', 64);
    if (wants('alone')) await compare(testbeds, driver, pace, 'sends', 1);
    if (wants('polls')) await compare(testbeds, driver, pace, 'idle polls', CONNECTIONS);
  } finally {
    await driver.stop();
    for (const testbed of testbeds) await testbed.remove();
  }
}

async function compare(
  testbeds: Testbed[],
  driver: Awaited<ReturnType<typeof openDriver>>,
  pace: Pace,
  kind: 'sends' | 'idle polls',
  connections: number,
): Promise<void> {
  const sides = [];
  for (const testbed of testbeds) {
    const core = await testbed.startCore();
    const people = strangers(testbed.people, connections);
    const cursors = kind === 'sends' ? [] : await cursorsOf(core.port, people);
    const requests = people.map((one, n) =>
      kind === 'sends' ? sendText(one, TEXT) : pollText(one.token, cursors[n]),
    );
    sides.push({ ...core, requests, connections });
  }
  const [now, then] = sides;
  if (!now || !then) throw new Error('two checkouts are compared');
  const results = await measureRounds(driver, { now, before: then }, pace);
  const rates = (side: 'now' | 'before') => results[side].map(({ perSecond }) => perSecond);
  addRatio(
    `${kind} a second on ${connections} connections ÷ the commit before`,
    { ours: rates('now'), theirs: rates('before'), unit: '/s' },
    '≥ 0.95',
  );
  for (const side of sides) await side.stop();
}
