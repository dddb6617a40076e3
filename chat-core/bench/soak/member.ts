import { randomBytes, randomUUID } from 'node:crypto';
import { MAX_PART_BYTES } from '../../src/wire/attachments.ts';
import type { Delta, Message, Upload } from '../../src/wire/wire.ts';
import { type Answer, ask, logIn, type Person, personWith } from '../../test/support/person.ts';
import type { Sender } from '../ask.ts';
import { PASSWORD, TEXT } from '../fill.ts';
import { pause } from '../report.ts';

/** How a family uses its box. */
export type Household = {
  url: string;
  /** The mean pause between two actions of a person, now. */
  pauseMs(): number;
  secondsLeft(): number;
  isOver(): boolean;
  /** Counts an action, or an answer that is an error. */
  count(what: string): void;
};

type Own = { conversationId: string; seq: number };
/** Where a person is: logged in, how far they have read, and their newest messages, which they may still edit. */
type Member = { person: Person; cursor: string | undefined; conversations: string[]; own: Own[] };

const WAIT_SECONDS = 25;
const FILE_BYTES = { min: 50_000, max: 300_000 };
const BURST = 8;
const MAX_OWN = 20;
const CHECK_MS = 250;
const RETRY_MS = 2000;

type Action = [share: number, name: string, run: (member: Member, household: Household) => Promise<void>];

/** What a person does, each with its share of 100 actions. */
const ACTIONS: Action[] = [
  [61, 'send', send],
  [3, 'burst', burst],
  [7, 'edit', edit],
  [5, 'delete', remove],
  [6, 'send a file', sendFile],
  [12, 'read history', readHistory],
  [5, 'type', type],
  [0.1, 'log out and in', logOutAndIn],
];

const TOTAL = ACTIONS.reduce((sum, [share]) => sum + share, 0);

/** The action at a place on the line of all shares, from 0 to TOTAL. */
function pick(place: number): Action {
  const index = ACTIONS.findIndex((_, n) => {
    const end = ACTIONS.slice(0, n + 1).reduce((sum, [share]) => sum + share, 0);
    return place < end;
  });
  return ACTIONS[Math.max(0, index)] as Action;
}

/** Lives the day of a person until the soak is over: holds a poll, marks as read, and acts at random. */
export async function live(username: string, sender: Sender, household: Household): Promise<void> {
  const person = personWith(household.url, { ...sender, username, password: PASSWORD });
  const member: Member = { person, cursor: undefined, conversations: [], own: [] };
  const first = (await person.poll()).body as Delta;
  member.cursor = first.cursor;
  member.conversations = first.conversations?.map(({ id }) => id) ?? [];
  await Promise.all([poll(member, household), act(member, household)]);
}

async function poll(member: Member, household: Household): Promise<void> {
  while (!household.isOver()) {
    const { person } = member;
    const wait = Math.ceil(Math.min(WAIT_SECONDS, household.secondsLeft()));
    // A person who logs out while their poll is held begins anew with the next session.
    const answer = await person.poll(member.cursor, wait).catch(() => undefined);
    household.count('polls');
    if (answer?.status !== 200) {
      if (answer?.status !== 204) await pause(CHECK_MS);
      continue;
    }
    const { cursor, messages = [] } = answer.body as Delta;
    member.cursor = cursor;
    const news = messages.filter(({ senderId }) => senderId !== person.id);
    await read(member, household, news);
  }
}

async function read({ person }: Member, household: Household, news: Message[]): Promise<void> {
  const newest = new Map(news.map(({ conversationId, seq }) => [conversationId, seq]));
  for (const [conversationId, seq] of newest) {
    check(household, 'mark as read', await person.post('/chat/read', { conversationId, seq }));
  }
  const [file] = news.flatMap(({ conversationId, seq, attachments = [] }) =>
    attachments.map(({ id }) => `/conversations/${conversationId}/messages/${seq}/attachments/${id}`),
  );
  if (!file) return;
  const headers = { Authorization: `Bearer ${person.token}` };
  const download = async () => {
    const response = await fetch(household.url + file, { headers });
    await response.arrayBuffer();
    return response.ok ? 'download' : `download: ${response.status}`;
  };
  // A file whose cipher is too slow ends in the middle, for there is no other way to say so.
  household.count(await download().catch(() => 'download cut off'));
}

async function act(member: Member, household: Household): Promise<void> {
  while (!household.isOver()) {
    const started = performance.now();
    const share = -Math.log(1 - Math.random());
    const isDue = () => performance.now() - started > share * household.pauseMs();
    while (!household.isOver() && !isDue()) await pause(Math.min(CHECK_MS, household.pauseMs()));
    if (household.isOver()) return;
    const [, , run] = pick(Math.random() * TOTAL);
    await run(member, household);
  }
}

/** Counts an answer under the name of its action, or as an error with its code. @returns whether it succeeded */
function check({ count }: Household, what: string, { status, body }: Answer): boolean {
  const isDone = status === 200 || status === 204;
  count(isDone ? what : `${what}: ${status} ${(body as { code?: string } | undefined)?.code}`);
  return isDone;
}

const anyOf = <T>(values: T[]): T | undefined => values[Math.floor(Math.random() * values.length)];

async function send(member: Member, household: Household, more: object = {}, what = 'send'): Promise<void> {
  const { person, conversations, own } = member;
  const conversationId = anyOf(conversations);
  const input = {
    senderId: person.id,
    conversationId,
    message: TEXT,
    clientMessageId: randomUUID(),
    ...more,
  };
  const answer = await person.post('/chat/send', input);
  if (!check(household, what, answer)) return;
  const { conversationId: where, seq } = answer.body as Message;
  own.push({ conversationId: where, seq });
  if (own.length > MAX_OWN) own.shift();
}

async function burst(member: Member, household: Household): Promise<void> {
  for (let n = 0; n < BURST; n++) await send(member, household);
}

async function edit({ person, own }: Member, household: Household): Promise<void> {
  const message = own.at(-1);
  if (!message) return;
  const path = `/conversations/${message.conversationId}/messages/${message.seq}`;
  check(household, 'edit', await person.patch(path, { message: `${TEXT}, ya` }));
}

async function remove({ person, own }: Member, household: Household): Promise<void> {
  const message = own.pop();
  if (!message) return;
  const path = `/conversations/${message.conversationId}/messages/${message.seq}?for=everyone`;
  check(household, 'delete', await person.delete(path));
}

async function sendFile(member: Member, household: Household): Promise<void> {
  const { person, conversations } = member;
  const conversationId = anyOf(conversations);
  const bytes = randomBytes(FILE_BYTES.min + Math.floor(Math.random() * (FILE_BYTES.max - FILE_BYTES.min)));
  const file = { id: randomUUID(), conversationId, name: 'foto.bin', type: 'application/octet-stream' };
  const created = await person.post('/attachments', { ...file, size: bytes.length });
  if (!check(household, 'upload', created)) return;
  const headers = { Authorization: `Bearer ${person.token}`, 'Content-Type': 'application/octet-stream' };
  let { offset } = created.body as Upload;
  while (offset < bytes.length) {
    const body = bytes.subarray(offset, offset + MAX_PART_BYTES);
    const answer = await ask(`${household.url}/attachments/${file.id}?offset=${offset}`, {
      method: 'PUT',
      headers,
      body,
    });
    if (!check(household, 'upload a part', answer)) return;
    ({ offset } = answer.body as Upload);
  }
  await send(member, household, { conversationId, message: '', attachments: [file.id] }, 'send a file');
}

async function readHistory({ person, conversations }: Member, household: Household): Promise<void> {
  const path = `/chat/history?myId=${person.id}&conversationId=${anyOf(conversations)}&limit=50`;
  check(household, 'read history', await person.get(path));
}

async function type({ person, conversations }: Member, household: Household): Promise<void> {
  check(household, 'type', await person.post('/chat/typing', { conversationId: anyOf(conversations) }));
}

async function logOutAndIn(member: Member, household: Household): Promise<void> {
  check(household, 'log out', await member.person.post('/auth/logout', {}));
  // A busy machine lets few passwords wait to be hashed.
  while (!household.isOver()) {
    const person = await logIn(household.url, member.person.username, PASSWORD).catch(() => undefined);
    household.count(person ? 'log in' : 'log in refused');
    if (person) {
      member.person = person;
      return;
    }
    await pause(RETRY_MS);
  }
}
