import { randomBytes, randomUUID } from 'node:crypto';
import type { AddFriendAnswer, Message } from '../../chat-core/src/wire/wire.ts';
import {
  type Answer,
  type Person,
  retryWhileOverloaded,
  signUp,
} from '../../chat-core/test/support/person.ts';

/** How long a busy server may answer 503. */
const TIMEOUT_MS = 120_000;

/** Two friends, a message one wrote, and the milliseconds each step took. */
export type Journey = {
  writer: Person;
  reader: Person;
  sent: Message;
  /** A text that occurs nowhere else. */
  canary: string;
  took: Record<string, number>;
};

/**
 * Registers two people at `url`, by an invitation where one is required, makes them friends, sends a message and reads it
 * as the other.
 * @throws Error at the first unexpected answer
 */
export async function runJourney(url: string, inviteCode?: string): Promise<Journey> {
  const took: Record<string, number> = {};
  const timed = async <T>(step: string, act: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await act();
    took[step] = Math.round(performance.now() - start);
    return result;
  };
  const mark = randomBytes(6).toString('hex');
  const canary = `pisang goreng ${mark} 🍌`;
  const writer = await timed('register and log in', () => signUp(url, `ani-${mark}`, inviteCode));
  const reader = await signUp(url, `budi-${mark}`, inviteCode);
  await timed('befriend', async () => {
    const input = { myId: writer.id, friendUsername: reader.username };
    const answer = await retryWhileOverloaded(() => writer.post('/friends/add', input));
    const body = answer.body as AddFriendAnswer;
    if (!('contact' in body) || body.contact?.id !== reader.id) throw new Error(`befriend: ${answer.status}`);
  });
  const sent = await timed('send', () => send(writer, reader, canary));
  const [read] = await timed('read', () => readHistory(reader, writer));
  if (read?.id !== sent.id || read.content !== canary) throw new Error('The message came back as another.');
  return { writer, reader, sent, canary, took };
}

/** Repeats a request while it is answered 503, as the page does. */
async function whileUnavailable(request: () => Promise<Answer>): Promise<Answer> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const answer = await request();
    if (answer.status !== 503 || performance.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** @throws Error with the status when it is not stored */
async function send(from: Person, to: Person, message: string): Promise<Message> {
  const input = { senderId: from.id, receiverId: to.id, message, clientMessageId: randomUUID() };
  const answer = await whileUnavailable(() => from.post('/chat/send', input));
  if (answer.status !== 200) throw new Error(`send: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as Message;
}

/** @throws Error with the status when it cannot be read */
export async function readHistory(of: Person, friend: Person): Promise<Message[]> {
  const path = `/chat/history?myId=${of.id}&friendId=${friend.id}`;
  const answer = await whileUnavailable(() => of.get(path));
  if (answer.status !== 200) throw new Error(`history: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as Message[];
}
