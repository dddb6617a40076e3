import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openRange } from '../src/attachments/download.ts';
import { MAX_PART_BYTES } from '../src/wire/attachments.ts';
import type { ForwardAnswer, Id, Message } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { PNG, storeMessageWith } from './support/attachments.ts';
import { type Client, signUp, signUpFriends } from './support/client.ts';
import { addMember, befriend, createGroup, history, send } from './support/groups.ts';
import { bytesOf, upload } from './support/uploads.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
let citra: Client;
/** The conversations of Ani with Budi and with Citra. */
let withBudi: Id;
let withCitra: Id;

beforeEach(() => start());

async function start(env: Record<string, string> = {}): Promise<void> {
  test = await startApp(env);
  [ani, budi] = await signUpFriends(test);
  citra = await signUp(test, 'citra');
  await befriend(ani, citra);
  withBudi = (await test.store.directBetween(ani.id, budi.id))?.id ?? '';
  withCitra = (await test.store.directBetween(ani.id, citra.id))?.id ?? '';
}

const inputOf = (conversationId: Id, seqs: number[], to: Id[]) => ({
  from: { conversationId, seqs },
  to: to.map((id) => ({ conversationId: id, clientMessageIds: seqs.map(() => randomUUID()) })),
});
async function forward(
  who: Client,
  input: ReturnType<typeof inputOf>,
): Promise<ForwardAnswer & { code?: string }> {
  const { status, body } = await who.post('/chat/forward', input);
  expect([status, body.error]).toEqual([200, undefined]);
  return body;
}
const codeOf = async (who: Client, input: ReturnType<typeof inputOf>) =>
  (await who.post('/chat/forward', input)).body.code;
/** The bytes of the first file of a message. */
async function bytesIn({ conversationId, seq }: Message): Promise<Buffer> {
  const row = (await test.store.message(conversationId, seq)) ?? expect.fail();
  const file = row.attachments?.[0] ?? expect.fail('the message has no file');
  const parts: Buffer[] = [];
  for (let start = 0; start < file.size; start += MAX_PART_BYTES)
    parts.push(
      await openRange(test, { row, file }, { start, end: Math.min(file.size, start + MAX_PART_BYTES) }),
    );
  return Buffer.concat(parts);
}
/** Ani’s message to Budi with a file. */
async function sendFile(bytes: Buffer, message = 'lihat'): Promise<Message> {
  const { id } = await upload(ani, withBudi, bytes, { alt: 'jadwal ronda' });
  return (await send(ani, withBudi, message, { attachments: [id] })).body;
}

describe('forwarding', () => {
  it('messages arrive in each conversation in their order, marked, by who forwarded them, without mentions and replies', async () => {
    const group = await createGroup(ani, [budi, citra]);
    await send(budi, group, 'satu', { mentions: [ani.id] });
    await send(budi, group, 'dua', { replyTo: 2 });
    const { results, more } = await forward(ani, inputOf(group, [2, 3], [withBudi, withCitra]));
    expect(more).toBeUndefined();
    expect(results.map(({ conversationId }) => conversationId)).toEqual([withBudi, withCitra]);
    for (const { messages, failure } of results) {
      expect(failure).toBeUndefined();
      expect(messages.map(({ content, senderId, forwarded }) => [content, senderId, forwarded])).toEqual([
        ['satu', ani.id, true],
        ['dua', ani.id, true],
      ]);
      for (const message of messages) {
        expect(message).not.toHaveProperty('mentions');
        expect(message).not.toHaveProperty('replyTo');
      }
    }
    expect(await history(citra, withCitra)).toEqual(['satu', 'dua']);
  });

  it('the copy of a file has a key and bytes of its own: it stays when the first one is deleted', async () => {
    const bytes = bytesOf(MAX_PART_BYTES + 77);
    const sent = await sendFile(bytes);
    const { results } = await forward(ani, inputOf(withBudi, [sent.seq], [withCitra]));
    const copy = results[0]?.messages[0] ?? expect.fail();
    const { id: _, ...first } = sent.attachments?.[0] ?? expect.fail();
    expect(copy.attachments).toEqual([{ ...first, id: expect.not.stringMatching(String(_)) }]);
    await ani.delete(`/conversations/${withBudi}/messages/${sent.seq}?for=everyone`);
    expect((await bytesIn(copy)).equals(bytes)).toBe(true);
    expect(test.store.uploads()).toEqual([]);
    expect(test.store.totalUsage(ani.id)).toEqual({ files: 1, bytes: bytes.length });
  });

  it('a repeat stores nothing twice, also after the first one was deleted', async () => {
    const { seq } = await sendFile(bytesOf(5));
    const input = inputOf(withBudi, [seq], [withCitra]);
    const first = await forward(ani, input);
    expect(await forward(ani, input)).toEqual(first);
    await ani.delete(`/conversations/${withBudi}/messages/${seq}?for=everyone`);
    expect(await forward(ani, input)).toEqual(first);
    expect(await history(citra, withCitra)).toEqual(['lihat']);
  });

  it('a large file is copied by several requests, and its message is stored by the last one only', async () => {
    const bytes = bytesOf(9 * 2 ** 20);
    const { seq } = await sendFile(bytes);
    const input = inputOf(withBudi, [seq], [withCitra]);
    let answer = await forward(ani, input);
    expect(answer).toMatchObject({ more: true, results: [{ messages: [] }] });
    expect(answer.copied).toBeGreaterThan(0);
    expect(await history(citra, withCitra)).toEqual([]);
    for (let n = 0; n < 50 && answer.more; n++) answer = await forward(ani, input);
    const copy = answer.results[0]?.messages[0] ?? expect.fail();
    expect((await bytesIn(copy)).equals(bytes)).toBe(true);
  });

  it('a conversation that refuses does not stop the others, and says why', async () => {
    await send(ani, withBudi, 'hai');
    await ani.post('/friends/remove', { userId: citra.id });
    const group = await createGroup(ani, [budi]);
    const stranger = await signUp(test, 'dewi');
    await befriend(budi, stranger);
    const foreign = (await test.store.directBetween(budi.id, stranger.id))?.id ?? '';
    const { results } = await forward(ani, inputOf(withBudi, [1], [withCitra, foreign, group]));
    expect(results.map(({ messages, failure }) => [messages.length, failure?.code])).toEqual([
      [0, 'NOT_FRIENDS'],
      [0, 'NOT_MEMBER'],
      [1, undefined],
    ]);
  });

  it('who may not write in a group cannot forward to it, and nothing of a file is left behind', async () => {
    const group = await createGroup(budi, [ani], { permissions: { post: 'admins' } });
    const { seq } = await sendFile(bytesOf(5));
    const { results } = await forward(ani, inputOf(withBudi, [seq], [group]));
    expect(results[0]?.failure?.code).toBe('NOT_ALLOWED');
    expect(test.store.uploads()).toEqual([]);
  });
});

describe('what can be forwarded', () => {
  it('nothing that its reader deleted or hid, nothing from before they joined, and no notice of a group', async () => {
    const group = await createGroup(ani, [budi]);
    await send(ani, group, 'lama');
    await addMember(ani, group, citra);
    await send(ani, group, 'baru');
    const withAni = withCitra;
    expect(await codeOf(citra, inputOf(group, [2], [withAni]))).toBe('NO_SUCH_MESSAGE');
    expect(await codeOf(citra, inputOf(group, [99], [withAni]))).toBe('NO_SUCH_MESSAGE');
    expect(await codeOf(ani, inputOf(group, [1], [withBudi]))).toBe('NOT_FORWARDABLE');
    await citra.delete(`/conversations/${group}/messages/4?for=me`);
    expect(await codeOf(citra, inputOf(group, [4], [withAni]))).toBe('NO_SUCH_MESSAGE');
    await ani.delete(`/conversations/${group}/messages/2?for=everyone`);
    expect(await codeOf(budi, inputOf(group, [2], [withBudi]))).toBe('MESSAGE_DELETED');
    expect(await history(ani, withAni)).toEqual([]);
  });

  it('no message of a conversation of others, and none whose file is lost', async () => {
    await send(ani, withBudi, 'rahasia');
    expect(await codeOf(citra, inputOf(withBudi, [1], [withCitra]))).toBe('NOT_MEMBER');
    const author = { conversationId: withBudi, senderId: budi.id };
    const { seq } = await storeMessageWith(test, author, [{ bytes: PNG, lost: true }]);
    expect(await codeOf(ani, inputOf(withBudi, [seq], [withCitra]))).toBe('NOT_FORWARDABLE');
  });

  it('a message, a conversation and an id are named once, and each copy has an id', async () => {
    await send(ani, withBudi, 'hai');
    const [one] = inputOf(withBudi, [1], [withCitra]).to;
    const wrong = [
      { from: { conversationId: withBudi, seqs: [1, 1] }, to: [one] },
      { from: { conversationId: withBudi, seqs: [1] }, to: [one, one] },
      { from: { conversationId: withBudi, seqs: [1, 2] }, to: [one] },
    ];
    for (const input of wrong)
      expect((await ani.post('/chat/forward', input)).body.code).toBe('INVALID_REQUEST');
  });
});

describe('the costs of forwarding', () => {
  it('copies count against the quota of who forwards', async () => {
    await start({ QUOTA_PERSON_MB: '1' });
    const { seq } = await sendFile(bytesOf(600 * 1024));
    const { results } = await forward(ani, inputOf(withBudi, [seq], [withCitra]));
    expect(results[0]?.failure?.code).toBe('QUOTA_EXCEEDED');
    expect(await history(citra, withCitra)).toEqual([]);
    expect(test.store.uploads()).toEqual([]);
  });

  it('their bytes count against the daily limit, and each message as a send', async () => {
    await start({ RATE_LIMITS: 'stored=700/86400' });
    const { seq } = await sendFile(bytesOf(300 * 1024));
    expect((await forward(ani, inputOf(withBudi, [seq], [withCitra]))).results[0]?.messages).toHaveLength(1);
    const { body } = await ani.post('/chat/forward', inputOf(withBudi, [seq], [withCitra]));
    expect([body.code, body.results?.[0]?.failure?.code]).toContain('DAILY_LIMIT');

    await start({ RATE_LIMITS: 'sends=6/60' });
    for (const text of ['a', 'b', 'c']) await send(ani, withBudi, text);
    const { results } = await forward(ani, inputOf(withBudi, [1, 2, 3], [withCitra, withBudi]));
    expect(results.map(({ messages, failure }) => [messages.length, failure?.code])).toEqual([
      [3, undefined],
      [0, 'TOO_MANY_REQUESTS'],
    ]);
    expect(results[1]?.failure?.retryAfter).toBeGreaterThan(0);

    await start({ RATE_LIMITS: 'stored=40/86400' });
    await send(ani, withBudi, 'x'.repeat(4_000));
    const { body: small } = await ani.post('/chat/forward', inputOf(withBudi, [1], [withCitra, withBudi]));
    expect(small.results.map(({ messages }: { messages: Message[] }) => messages.length)).toEqual([1, 1]);
    let code: string | undefined;
    for (let n = 0; n < 9 && code === undefined; n++) {
      const { body } = await ani.post('/chat/forward', inputOf(withBudi, [1], [withCitra, withBudi]));
      code =
        body.results?.find(({ failure }: ForwardAnswer['results'][number]) => failure)?.failure.code ??
        body.code;
      // Two texts of 4,000 letters and the request are 13 KiB.
      expect(code === undefined ? n : 0).toBeLessThan(3);
    }
    expect(code).toBe('DAILY_LIMIT');
  });

  it('a forwarded message is not edited: it has the words of another', async () => {
    await send(budi, withBudi, 'kata Budi');
    const { results } = await forward(ani, inputOf(withBudi, [1], [withCitra]));
    const { seq } = results[0]?.messages[0] ?? expect.fail();
    const { body } = await ani.patch(`/conversations/${withCitra}/messages/${seq}`, { message: 'lain' });
    expect(body.code).toBe('NOT_YOURS');
    await ani.delete(`/conversations/${withCitra}/messages/${seq}?for=everyone`);
    expect(await test.store.message(withCitra, seq)).not.toHaveProperty('forwarded');
  });
});
