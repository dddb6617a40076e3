import { PASSWORD, TEXT } from '../fill.ts';
import { type Client, openClient } from './client.ts';
import type { Report } from './main.ts';

export type World = {
  port: number;
  report: Report;
  /** Whether somebody this eager, 0 to 1 from the most to the least, is there now. */
  isAwake(eagerness: number): boolean;
  isOver(): boolean;
};
type Message = { conversationId: string; seq: number; senderId: string; timestamp: number };
type Delta = { cursor: string; more?: true; conversations?: { id: string }[]; messages?: Message[] };

const WAIT_SECONDS = 25;
/** Of those who are there, so many look at the page; the others have it open behind something else, and it says so. */
const LOOKING = 0.7;
const LOOK_AGAIN_MS = 500;
/** Mean pause between two messages somebody thinks of, and the chance that a message is answered. */
const WRITE_PAUSE_MS = 20_000;
const REPLY = 0.5;

const later = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
const between = (least: number, most: number) => least + Math.random() * (most - least);
const exponential = (mean: number) => -Math.log(1 - Math.random()) * mean;

/** A day of one person: comes, logs in, reads, waits for messages, marks them read, answers, writes, goes, comes again. */
export async function liveADay(name: string, world: World): Promise<void> {
  const eagerness = Math.random();
  // A browser asks by one connection while its poll is held on another.
  const [polling, acting] = [openClient(world.port, world.report), openClient(world.port, world.report)];
  const person: Person = { name, id: '', cursor: undefined, conversations: [], polling, acting };
  const isHere = () => !world.isOver() && world.isAwake(eagerness);
  while (!world.isOver()) {
    if (!isHere() || !(await arrive(person))) {
      await later(LOOK_AGAIN_MS);
      continue;
    }
    world.report.counts.online += 1;
    await Promise.all([poll(person, world, isHere), write(person, world, isHere)]);
    world.report.counts.online -= 1;
  }
  polling.close();
  acting.close();
}

type Person = {
  name: string;
  id: string;
  cursor: string | undefined;
  conversations: string[];
  polling: Client;
  acting: Client;
};

/** Logs in the first time, and reads where the last conversation stands each time. */
async function arrive(person: Person): Promise<boolean> {
  const { acting, polling, name } = person;
  if (!acting.token) {
    const { status, body } = await acting.post('/auth/login', { username: name, password: PASSWORD });
    if (status !== 200) return false;
    const { id, token } = body as { id: string; token: string };
    Object.assign(person, { id });
    Object.assign(acting, { token });
    Object.assign(polling, { token });
  }
  if (!person.cursor) {
    const { status, body } = await acting.get('/sync, first', '/sync');
    if (status !== 200) return false;
    const { cursor, conversations = [] } = body as Delta;
    Object.assign(person, { cursor, conversations: conversations.map(({ id }) => id) });
  }
  const path = `/chat/history?myId=${person.id}&conversationId=${person.conversations[0]}`;
  return (await acting.get('/chat/history', path)).status === 200;
}

async function poll(person: Person, { report }: World, isHere: () => boolean): Promise<void> {
  const looks = Math.random() < LOOKING;
  const [route, path] = looks
    ? ['/sync, held', `/sync?wait=${WAIT_SECONDS}`]
    : ['/sync, hidden', '/sync?activity=hidden'];
  while (isHere()) {
    const [started, since] = [performance.now(), Date.now()];
    const headers = { 'Last-Event-ID': person.cursor ?? '' };
    const { status, body, pollAfterMs } = await person.polling.get(route, path, headers);
    if (status === 200) {
      const { cursor, more, messages = [] } = body as Delta;
      person.cursor = cursor;
      const news = messages.filter(({ senderId }) => senderId !== person.id);
      if (looks) {
        // What was written before it came was waited for by nobody.
        const fresh = news.filter(({ timestamp }) => timestamp >= since);
        for (const { timestamp } of fresh)
          report.answered('send to delta, held', 200, Date.now() - timestamp);
        void react(person, news, report);
      }
      if (more) continue;
    }
    // A held poll has taken its time; one that was not held keeps the pace the box asks for.
    const wasHeld = looks && (status === 200 || performance.now() - started > pollAfterMs);
    if (!wasHeld) await later(pollAfterMs);
  }
}

/** A moment later everything that came is read, and perhaps answered. */
async function react(person: Person, news: Message[], report: Report): Promise<void> {
  const newest = new Map(news.map(({ conversationId, seq }) => [conversationId, seq]));
  for (const [conversationId, seq] of newest) {
    await later(between(500, 2500));
    await person.acting.post('/chat/read', { conversationId, seq });
    if (Math.random() > REPLY) continue;
    await later(between(1000, 5000));
    await say(person, conversationId, report);
  }
}

async function write(person: Person, { report }: World, isHere: () => boolean): Promise<void> {
  while (isHere()) {
    const due = performance.now() + exponential(WRITE_PAUSE_MS);
    while (isHere() && performance.now() < due) await later(LOOK_AGAIN_MS);
    const conversationId = person.conversations[Math.floor(Math.random() * person.conversations.length)];
    if (isHere() && conversationId) await say(person, conversationId, report);
  }
}

async function say(person: Person, conversationId: string, report: Report): Promise<void> {
  const input = { senderId: person.id, conversationId, message: TEXT };
  if ((await person.acting.post('/chat/send', input)).status === 200) report.counts.sent += 1;
}

/** The share of all people who are there at each hour of a day, from midnight on: a night, a noon and a long evening. */
const SHARES = [
  0.1, 0.05, 0.02, 0.02, 0.02, 0.08, 0.25, 0.4, 0.35, 0.3, 0.3, 0.35, 0.5, 0.45, 0.35, 0.35, 0.4, 0.5, 0.65,
  0.85, 0.9, 0.8, 0.5, 0.25,
];
const HOURS = SHARES.length;

/** The share of people who are there at an hour of the day, which may have a fraction; straight lines in between. */
export function shareAt(hour: number): number {
  const [from, to] = [Math.floor(hour) % HOURS, (Math.floor(hour) + 1) % HOURS];
  const part = hour - Math.floor(hour);
  return (SHARES[from] ?? 0) * (1 - part) + (SHARES[to] ?? 0) * part;
}

/** `07:05` */
export function clockOf(hour: number): string {
  const minutes = Math.floor(hour * 60) % (HOURS * 60);
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
