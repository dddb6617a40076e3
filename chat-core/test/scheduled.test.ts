import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../src/log.ts';
import { sendDueMessages } from '../src/messages/scheduled/send-due.ts';
import type { Id, Scheduled } from '../src/wire/wire.ts';
import { copyOf, type Files, startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUpFriends } from './support/client.ts';
import { history, send } from './support/groups.ts';
import { messageDeps } from './support/uploads.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const HOUR_MS = 3_600_000;
const log = createLog('silent');
let files: Files;
let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: Id;

beforeEach(async () => {
  files = new Map();
  test = await startApp({}, { files });
  [ani, budi] = await signUpFriends(test);
  conversationId = (await test.store.directBetween(ani.id, budi.id))?.id ?? '';
});

const inputOf = (message: string, afterMs = HOUR_MS, more: object = {}) => ({
  clientMessageId: randomUUID(),
  conversationId,
  message,
  at: test.clock.now + afterMs,
  ...more,
});
const schedule = (who: Client, input: object) => who.post('/chat/scheduled', input);
const listOf = async (who: Client): Promise<Scheduled[]> => (await who.get('/chat/scheduled')).body.scheduled;

/** What a start of the box at this time sends. */
async function sendDueAt(now: number, app = test): Promise<void> {
  app.clock.now = now;
  const sender = sendDueMessages({ ...messageDeps(app), log });
  await vi.waitFor(async () => {
    await sender.check();
    const due = (await app.store.account(ani.id))?.scheduled?.filter(
      ({ dueAt, failure }) => dueAt <= app.store.time.now() && failure === undefined,
    );
    expect(due ?? []).toEqual([]);
  });
  sender.close();
}

describe('a scheduled message', () => {
  it('it is sent at its time and not before, by its author, with the time at which it was sent', async () => {
    const input = inputOf('selamat ulang tahun');
    const { body } = await schedule(ani, input);
    expect(body).toEqual({
      id: input.clientMessageId,
      conversationId,
      message: 'selamat ulang tahun',
      at: input.at,
    });
    expect(await listOf(ani)).toEqual([body]);
    expect(await listOf(budi)).toEqual([]);
    await sendDueAt(input.at - 1);
    expect(await history(budi, conversationId)).toEqual([]);
    await sendDueAt(input.at + 5);
    expect(await history(budi, conversationId)).toEqual(['selamat ulang tahun']);
    expect(await test.store.message(conversationId, 1)).toMatchObject({
      id: input.clientMessageId,
      senderId: ani.id,
      timestamp: input.at + 5,
    });
    expect(await listOf(ani)).toEqual([]);
  });

  it('after a restart it is sent once, also when the power went between the send and its removal', async () => {
    const input = inputOf('sekali saja');
    await schedule(ani, input);
    // It was sent, and its removal was lost.
    await send(ani, conversationId, 'sekali saja', { clientMessageId: input.clientMessageId });
    const tokenKey = Buffer.alloc(32, 1);
    const again = await startApp({}, { files: copyOf(files), tokenKey });
    await sendDueAt(input.at + HOUR_MS, again);
    const reader = await logIn(again, 'budi');
    expect(await history(reader, conversationId)).toEqual(['sekali saja']);
    expect((await again.store.account(ani.id))?.scheduled).toBeUndefined();
  });

  it('its text is stored sealed, and is forgotten when it is deleted', async () => {
    const input = inputOf('rahasia besar');
    await schedule(ani, input);
    expect(JSON.stringify(await test.store.account(ani.id))).not.toContain('rahasia');
    for (let n = 0; n < 2; n++)
      expect((await ani.delete(`/chat/scheduled/${input.clientMessageId}`)).status).toBe(200);
    expect(await listOf(ani)).toEqual([]);
    await sendDueAt(input.at);
    expect(await history(budi, conversationId)).toEqual([]);
  });

  it('a repeat of the request changes nothing, also once the message was sent', async () => {
    const input = inputOf('hai');
    const first = await schedule(ani, input);
    expect((await schedule(ani, input)).body).toEqual(first.body);
    expect(await listOf(ani)).toHaveLength(1);
    await sendDueAt(input.at);
    expect((await schedule(ani, input)).status).toBe(200);
    expect(await listOf(ani)).toEqual([]);
    expect(await history(budi, conversationId)).toEqual(['hai']);
  });

  it('what is refused at its time stays in the list with the reason, and is not tried again', async () => {
    const input = inputOf('hai');
    await schedule(ani, input);
    await budi.post('/friends/remove', { userId: ani.id });
    await sendDueAt(input.at);
    expect(await listOf(ani)).toMatchObject([{ id: input.clientMessageId, failure: 'NOT_FRIENDS' }]);
    await budi.post('/friends/add', { myId: budi.id, friendUsername: 'ani' });
    await sendDueAt(input.at + HOUR_MS);
    expect(await history(budi, conversationId)).toEqual([]);
    await ani.delete(`/chat/scheduled/${input.clientMessageId}`);
    expect(await listOf(ani)).toEqual([]);
  });
});

describe('what can be scheduled', () => {
  it('a text for a conversation in which one may write, at a time within a year', async () => {
    const codeOf = async (input: object) => (await schedule(ani, input)).body.code;
    expect(await codeOf(inputOf('hai', -1))).toBe('INVALID_REQUEST');
    expect(await codeOf(inputOf('hai', 400 * 24 * HOUR_MS))).toBe('INVALID_REQUEST');
    expect(await codeOf(inputOf(' '))).toBe('INVALID_MESSAGE');
    expect(await codeOf(inputOf('hai', HOUR_MS, { conversationId: randomUUID() }))).toBe('NOT_MEMBER');
    await ani.post('/friends/remove', { userId: budi.id });
    expect(await codeOf(inputOf('hai'))).toBe('NOT_FRIENDS');
  });

  it('at most twenty of a person wait, in the order of their times', async () => {
    for (let n = 20; n > 0; n--) await schedule(ani, inputOf(`pesan ${n}`, n * HOUR_MS));
    expect((await schedule(ani, inputOf('satu lagi'))).body.code).toBe('LIST_FULL');
    expect((await listOf(ani)).map(({ message }) => message)).toEqual(
      Array.from({ length: 20 }, (_, n) => `pesan ${n + 1}`),
    );
  });
});

it('scheduling and cancelling are limited like all that writes an account anew', async () => {
  test.endPolls();
  test = await startApp({ RATE_LIMITS: 'chats=2/3600' });
  [ani, budi] = await signUpFriends(test);
  conversationId = (await test.store.directBetween(ani.id, budi.id))?.id ?? '';
  const { body } = await schedule(ani, inputOf('satu'));
  expect((await ani.delete(`/chat/scheduled/${body.id}`)).status).toBe(200);
  expect((await schedule(ani, inputOf('dua'))).body.code).toBe('TOO_MANY_REQUESTS');
});
