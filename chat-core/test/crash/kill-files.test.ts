import { randomBytes, randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHUNK_BYTES, MAX_PART_BYTES } from '../../src/wire/attachments.ts';
import type { Id, Message, Upload } from '../../src/wire/wire.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { type Person, signUpPairs } from '../support/person.ts';
import { until } from '../support/until.ts';

const KILLS = Number(process.env.FILE_KILLS ?? 2);
/** Files that each person has in work at once. */
const LANES = 2;

let pair: Pair;
let people: Person[];
let conversationId: Id;
beforeAll(async () => {
  pair = await startPair({ LOG_LEVEL: 'warn' });
  const [friends] = await signUpPairs(pair.url, 'teman', 1);
  people = friends ?? [];
  const sync = (await people[0]?.get('/sync'))?.body as { conversations: { id: Id }[] };
  conversationId = sync.conversations[0]?.id ?? '';
});
afterAll(() => pair.stop());

/** A file on its way, as its sender's client remembers it. */
type Work = {
  person: Person;
  id: Id;
  bytes: Buffer;
  /** Bytes that the box said it has. */
  acknowledged: number;
  /** What happens to it in the end. */
  fate: 'stays' | 'is cancelled' | 'is deleted';
  clientMessageId: Id;
  sent?: Message;
  /** Its sender cancels it from now on. */
  isGivenUp: boolean;
  hasEnded: boolean;
};

/** The box is gone: the request has no answer. */
class Gone extends Error {}

async function ask(person: Person, method: string, path: string, body?: Buffer | object) {
  const isBytes = Buffer.isBuffer(body);
  const type = isBytes ? 'application/octet-stream' : 'application/json';
  const response = await fetch(pair.url + path, {
    method,
    headers: { Authorization: `Bearer ${person.token}`, ...(body && { 'Content-Type': type }) },
    ...(body && { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
  }).catch(() => {
    throw new Gone();
  });
  const content = await response.arrayBuffer().catch(() => {
    throw new Gone();
  });
  return { status: response.status, bytes: Buffer.from(content) };
}

async function askJson<T>(...args: Parameters<typeof ask>): Promise<T> {
  const { status, bytes } = await ask(...args);
  expect([status, String(bytes)]).toEqual([200, String(bytes)]);
  return bytes.length === 0 ? (undefined as T) : JSON.parse(String(bytes));
}

const pathOf = ({ sent, id }: Work) =>
  `/conversations/${conversationId}/messages/${sent?.seq}/attachments/${id}`;

function newWork(person: Person): Work {
  const size = 1 + Math.floor(Math.random() * 3 * MAX_PART_BYTES);
  const dice = Math.random();
  const fate = dice < 0.5 ? 'stays' : dice < 0.75 ? 'is cancelled' : 'is deleted';
  const [id, clientMessageId] = [randomUUID(), randomUUID()];
  return {
    person,
    id,
    bytes: randomBytes(size),
    acknowledged: 0,
    fate,
    clientMessageId,
    isGivenUp: false,
    hasEnded: false,
  };
}

/** Goes on with a file until its end, whatever was done before: every request may be a repeat. @throws Gone */
async function finish(work: Work, onAnswer: () => void): Promise<void> {
  const { person, id, bytes, fate, clientMessageId } = work;
  const path = `/attachments/${id}`;
  if (!work.sent && !work.isGivenUp) {
    const input = {
      id,
      conversationId,
      name: 'berkas.bin',
      type: 'application/x-berkas',
      size: bytes.length,
    };
    let state = await askJson<Upload>(person, 'POST', '/attachments', input);
    for (;;) {
      expect(state.offset).toBeGreaterThanOrEqual(work.acknowledged);
      work.acknowledged = state.offset;
      onAnswer();
      work.isGivenUp = fate === 'is cancelled' && state.offset * 2 >= bytes.length;
      if (work.isGivenUp || state.offset === bytes.length) break;
      const end = state.offset + CHUNK_BYTES * (1 + Math.floor(Math.random() * 4));
      state = await askJson(
        person,
        'PUT',
        `${path}?offset=${state.offset}`,
        bytes.subarray(state.offset, end),
      );
    }
  }
  if (work.isGivenUp) await askJson(person, 'DELETE', path);
  else if (!work.sent) {
    const message = { senderId: person.id, conversationId, message: '', attachments: [id], clientMessageId };
    work.sent = await askJson<Message>(person, 'POST', '/chat/send', message);
  }
  onAnswer();
  if (work.sent && fate === 'is deleted') {
    await askJson(
      person,
      'DELETE',
      `/conversations/${conversationId}/messages/${work.sent.seq}?for=everyone`,
    );
    onAnswer();
  }
  work.hasEnded = true;
}

/** A lane works on one file after the other until the box is gone. */
async function workUntilGone(person: Person, all: Work[], onAnswer: () => void): Promise<void> {
  try {
    for (;;) {
      const work = newWork(person);
      all.push(work);
      await finish(work, onAnswer);
    }
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
  }
}

/** Whether the friend gets the whole file, or it is gone, as its sender knows. */
async function check(work: Work): Promise<void> {
  if (!work.sent) return;
  const reader = people.find((one) => one !== work.person) ?? work.person;
  const { status, bytes } = await ask(reader, 'GET', pathOf(work));
  expect([work.fate, status]).toEqual([work.fate, work.fate === 'is deleted' ? 404 : 200]);
  if (work.fate === 'stays') expect(bytes.equals(work.bytes)).toBe(true);
}

/** The names of all files on the disk. */
async function filesOnDisk(): Promise<string[]> {
  const root = join(pair.dataDir, 'attachments');
  const folders = await readdir(root).catch(() => []);
  return (await Promise.all(folders.map((name) => readdir(join(root, name))))).flat().sort();
}

it(
  `a core that is killed ${KILLS} times while files are uploaded, sent, cancelled and deleted loses no file that it acknowledged, and leaves no other on the disk`,
  async () => {
    const all: Work[] = [];
    let [checked, repeated] = [0, 0];
    for (let kill = 1; kill <= KILLS; kill++) {
      // A count of answers: after a fixed time a slow machine would not have begun yet. Few fall into the sweep of the start.
      let answersLeft = 1 + Math.floor(Math.random() * (kill % 3 === 0 ? 3 : 40));
      const reached = Promise.withResolvers<void>();
      const onAnswer = () => {
        answersLeft -= 1;
        if (answersLeft === 0) reached.resolve();
      };
      const lanes = people.flatMap((person) =>
        Array.from({ length: LANES }, () => workUntilGone(person, all, onAnswer)),
      );
      await Promise.race([reached.promise, Promise.all(lanes)]);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 15));
      await pair.restartCore('SIGKILL');
      await Promise.all(lanes);

      const open = all.filter(({ hasEnded }) => !hasEnded);
      repeated += open.length;
      // A third of the kills is followed by another before the repeats.
      if (kill % 3 === 1) continue;
      await Promise.all(open.map((work) => finish(work, () => {})));
      for (const work of all.slice(checked)) await check(work);
      checked = all.length;
    }
    await Promise.all(all.filter(({ hasEnded }) => !hasEnded).map((work) => finish(work, () => {})));
    for (const work of all) await check(work);
    const staying = all.filter(({ fate }) => fate === 'stays').map(({ id }) => id);
    // The sweep of the next start removes what is left of the others.
    await pair.restartCore('SIGKILL');
    await until(async () => (await filesOnDisk()).length <= staying.length);
    expect(await filesOnDisk()).toEqual(staying.sort());
    expect(repeated).toBeGreaterThanOrEqual(KILLS);
    console.log(
      `${KILLS} kills: ${all.length} files, ${staying.length} stay, ${repeated} were interrupted, none lost`,
    );
  },
  KILLS * 60_000,
);
