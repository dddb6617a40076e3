import { PASSWORD, TEXT } from '../fill.ts';
import { pause } from '../report.ts';
import { type Client, openClient } from './client.ts';
import type { Report } from './main.ts';

export type Simulation = {
  port: number;
  report: Report;
  /** Whether a person is online now; `rank` is 0 for the most and 1 for the least active. */
  isOnline(rank: number): boolean;
  isOver(): boolean;
};
type Message = { conversationId: string; seq: number; senderId: string; timestamp: number };
type Delta = { cursor: string; more?: true; conversations?: { id: string }[]; messages?: Message[] };

const WAIT_SECONDS = 25;
/** The share of online people with a visible page; the page of the others is hidden, and polls as such. */
const VISIBLE_SHARE = 0.7;
const CHECK_INTERVAL_MS = 500;
/** Mean pause between two new messages of a person, and the probability of a reply to a message. */
const WRITE_PAUSE_MS = 20_000;
const REPLY = 0.5;

const between = (min: number, max: number) => min + Math.random() * (max - min);
const exponential = (mean: number) => -Math.log(1 - Math.random()) * mean;

/** Simulates the day of a person: logs in, reads, polls, marks messages as read, replies, writes, and goes offline between. */
export async function simulateDay(name: string, simulation: Simulation): Promise<void> {
  const rank = Math.random();
  // A browser sends requests on one connection while its poll is held on another.
  const [polling, acting] = [
    openClient(simulation.port, simulation.report),
    openClient(simulation.port, simulation.report),
  ];
  const person: Person = { name, id: '', cursor: undefined, conversations: [], polling, acting };
  const isOnlineNow = () => !simulation.isOver() && simulation.isOnline(rank);
  while (!simulation.isOver()) {
    if (!isOnlineNow() || !(await goOnline(person))) {
      await pause(CHECK_INTERVAL_MS);
      continue;
    }
    simulation.report.counts.online += 1;
    await Promise.all([poll(person, simulation, isOnlineNow), write(person, simulation, isOnlineNow)]);
    simulation.report.counts.online -= 1;
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

/** Logs in the first time, and reads the history of a conversation each time. */
async function goOnline(person: Person): Promise<boolean> {
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

async function poll(person: Person, { report }: Simulation, isOnlineNow: () => boolean): Promise<void> {
  const isVisible = Math.random() < VISIBLE_SHARE;
  const [route, path] = isVisible
    ? ['/sync, held', `/sync?wait=${WAIT_SECONDS}`]
    : ['/sync, hidden', '/sync?activity=hidden'];
  while (isOnlineNow()) {
    const [started, since] = [performance.now(), Date.now()];
    const headers = { 'Last-Event-ID': person.cursor ?? '' };
    const { status, body, pollAfterMs } = await person.polling.get(route, path, headers);
    if (status === 200) {
      const { cursor, more, messages = [] } = body as Delta;
      person.cursor = cursor;
      const news = messages.filter(({ senderId }) => senderId !== person.id);
      if (isVisible) {
        // A message sent before the poll was not waited for.
        const fresh = news.filter(({ timestamp }) => timestamp >= since);
        for (const { timestamp } of fresh)
          report.answered('send to delta, held', 200, Date.now() - timestamp);
        void react(person, news, report);
      }
      if (more) continue;
    }
    // After a held poll the next one follows at once; after another, at the interval the server requires.
    const wasHeld = isVisible && (status === 200 || performance.now() - started > pollAfterMs);
    if (!wasHeld) await pause(pollAfterMs);
  }
}

/** Marks the new messages as read after a moment, and replies to some. */
async function react(person: Person, news: Message[], report: Report): Promise<void> {
  const newest = new Map(news.map(({ conversationId, seq }) => [conversationId, seq]));
  for (const [conversationId, seq] of newest) {
    await pause(between(500, 2500));
    await person.acting.post('/chat/read', { conversationId, seq });
    if (Math.random() > REPLY) continue;
    await pause(between(1000, 5000));
    await say(person, conversationId, report);
  }
}

async function write(person: Person, { report }: Simulation, isOnlineNow: () => boolean): Promise<void> {
  while (isOnlineNow()) {
    const due = performance.now() + exponential(WRITE_PAUSE_MS);
    while (isOnlineNow() && performance.now() < due) await pause(CHECK_INTERVAL_MS);
    const conversationId = person.conversations[Math.floor(Math.random() * person.conversations.length)];
    if (isOnlineNow() && conversationId) await say(person, conversationId, report);
  }
}

async function say(person: Person, conversationId: string, report: Report): Promise<void> {
  const input = { senderId: person.id, conversationId, message: TEXT };
  if ((await person.acting.post('/chat/send', input)).status === 200) report.counts.sent += 1;
}

/** The share of all people who are online at each hour of a day, from midnight on: a night, a noon and a long evening. */
const SHARES = [
  0.1, 0.05, 0.02, 0.02, 0.02, 0.08, 0.25, 0.4, 0.35, 0.3, 0.3, 0.35, 0.5, 0.45, 0.35, 0.35, 0.4, 0.5, 0.65,
  0.85, 0.9, 0.8, 0.5, 0.25,
];
const HOURS = SHARES.length;

/** The share of people online at a time of day in hours, with linear interpolation. */
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
