import { startCeiling, startSeedLike } from '../ceilings/start.ts';
import { askOnce, openConnection } from '../drive/connection.ts';
import type { Driver } from '../drive/driver.ts';
import { cursorsOf } from '../drive/polls.ts';
import { pollText, requestText } from '../drive/request.ts';
import type { Pace } from '../options.ts';
import { addFigure } from '../report.ts';
import { addRatio, measureRounds } from '../rounds.ts';
import type { Started, Testbed } from '../testbed.ts';
import { strangers } from '../testbed.ts';

const CONNECTIONS = 64;
const SEED_MESSAGES = 100;
const GOAL_BYTES = 400;

/** Polls that find nothing, against what the stack can do and against the original. */
export async function benchIdlePolls(testbed: Testbed, driver: Driver, pace: Pace): Promise<void> {
  const core = await testbed.startCore();
  const [http, express] = [await startCeiling('bare-http'), await startCeiling('bare-express')];
  const seed = await startSeedLike(testbed.folder, SEED_MESSAGES);
  try {
    const people = strangers(testbed.people, CONNECTIONS);
    const cursors = await cursorsOf(core.port, people);
    const polls = people.map(({ token }, n) => pollText(token, cursors[n]));
    await measureBytes(core, polls[0] ?? '', people[0]?.token ?? '');
    const history = await unchangedHistory(seed.port, seed.people);
    const side = { connections: CONNECTIONS, requests: polls };
    const results = await measureRounds(
      driver,
      {
        'idle poll': { ...core, ...side },
        'bare Express 204': { ...express, ...side },
        'bare node:http 204': { ...http, ...side },
        'seed-like core': { ...seed, connections: 16, requests: [history] },
      },
      pace,
    );
    const rates = (name: keyof typeof results) => results[name].map(({ perSecond }) => perSecond);
    const against = (name: keyof typeof results) => ({
      ours: rates('idle poll'),
      theirs: rates(name),
      unit: '/s',
    });
    const figure = 'idle polls a second, 64 connections';
    addRatio(`${figure} ÷ bare Express 5 answering 204`, against('bare Express 204'), '≥ 0.9');
    addRatio(`${figure} ÷ bare node:http answering 204`, against('bare node:http 204'), '');
    addRatio(`${figure} ÷ the seed-like core with 100 messages`, against('seed-like core'), '≥ 1000');
  } finally {
    for (const server of [seed, express, http, core]) await server.stop();
  }
}

/** The bytes of an idle poll on the wire in both directions, without those of the token. */
async function measureBytes(core: Started, poll: string, token: string): Promise<void> {
  const connection = openConnection(core.port);
  const held = poll.replace('/sync ', '/sync?wait=25 ');
  const { status, head } = await askOnce(connection, Buffer.from(poll, 'latin1'));
  connection.close();
  if (status !== 204) throw new Error(`an idle poll was answered ${status}`);
  const [asked, answered] = [held.length - token.length, head.length + 2];
  const bytes = `${asked + answered} (${asked} asked, ${answered} answered)`;
  addFigure(
    'bytes of an idle poll and its answer beyond the token',
    bytes,
    `≤ ${GOAL_BYTES}`,
    asked + answered <= GOAL_BYTES,
  );
  for (const line of head.trimEnd().split('\r\n')) console.log(`      ${line}`);
}

/** The original's poll: the whole history again. */
async function unchangedHistory(port: number, [myId, friendId]: [string, string]): Promise<string> {
  const path = `/chat/history?myId=${myId}&friendId=${friendId}`;
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  const rows = (await answer.json()) as unknown[];
  if (rows.length !== SEED_MESSAGES) throw new Error(`the seed-like core has ${rows.length} messages`);
  // Without If-None-Match: the 304 it saves is sent after the same work.
  return requestText('GET', path);
}
