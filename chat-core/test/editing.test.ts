import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { readCursor } from '../src/sync/cursor.ts';
import type { Delta, Message } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUp, signUpFriends } from './support/client.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const MINUTE = 60_000;
let test: TestApp;
let ani: Client;
let budi: Client;

beforeEach(async () => {
  test = await startApp();
  [ani, budi] = await signUpFriends(test);
});

const send = async (from: Client, message: string, more: object = {}): Promise<Message> => {
  const receiverId = from === ani ? budi.id : ani.id;
  const { status, body } = await from.post('/chat/send', { senderId: from.id, receiverId, message, ...more });
  expect([status, body.code]).toEqual([200, undefined]);
  return body;
};
const pathOf = ({ conversationId, seq }: Message) => `/conversations/${conversationId}/messages/${seq}`;
const edit = (person: Client, message: Message, text: string) =>
  person.patch(pathOf(message), { message: text });
const remove = (person: Client, message: Message, from: 'me' | 'everyone') =>
  person.delete(`${pathOf(message)}?for=${from}`);
const history = async (person: Client, more = ''): Promise<Message[]> => {
  const other = person.id === ani.id ? budi : ani;
  return (await person.get(`/chat/history?myId=${person.id}&friendId=${other.id}${more}`)).body;
};
const poll = async (person: Client, cursor: string) => {
  const { status, body } = await person.get('/sync', { 'Last-Event-ID': cursor });
  return status === 204 ? undefined : (body as Delta);
};
const begin = async (person: Client): Promise<Delta> => (await person.get('/sync')).body;
/** Polls until nothing is new; returns the last cursor. */
const catchUp = async (person: Client): Promise<string> => {
  let { cursor } = await begin(person);
  for (let received = await poll(person, cursor); received; received = await poll(person, cursor))
    cursor = received.cursor;
  return cursor;
};

describe('an edit', () => {
  it('an edit replaces the text of one’s own message, sealed with the edit’s number, and reaches those who have the old text', async () => {
    const sent = await send(ani, 'besok jam 8');
    const { cursor } = await begin(budi);
    await send(ani, 'ya?');
    test.clock.now += 2 * MINUTE;
    const { body: edited } = await edit(ani, sent, 'besok jam 9');
    expect(edited).toEqual({
      ...sent,
      content: 'besok jam 9',
      editedAt: test.clock.now,
      changedRev: test.store.revision(),
    });
    const received = await poll(budi, cursor);
    expect(received?.messages?.map(({ seq, content }) => [seq, content])).toEqual([
      [2, 'ya?'],
      [1, 'besok jam 9'],
    ]);
    expect(await poll(budi, received?.cursor ?? '')).toBeUndefined();
    expect((await history(budi))[0]).toEqual(edited);

    await edit(ani, sent, 'besok jam 10');
    const row = await test.store.message(sent.conversationId, 1);
    const [, , bound] = JSON.parse(Buffer.from(row?.content ?? '', 'base64').toString());
    expect([row?.edit, bound.edit]).toEqual([2, 2]);
  });

  it('an edit that is made while a delta is read is known to its cursor, which a store without it refuses', async () => {
    const sent = await send(ani, 'besok jam 8');
    const { cursor: before } = await begin(budi);
    await send(ani, 'ya?');
    const { message } = test.store;
    vi.spyOn(test.store, 'message').mockImplementationOnce(async (...about) => {
      await edit(ani, sent, 'besok jam 9');
      return message(...about);
    });
    const received = await poll(budi, before);
    const { revision, seen } = readCursor(received?.cursor ?? '');
    expect([seen, revision]).toEqual([test.store.revision(), test.store.revision() - 1]);
    const next = await poll(budi, received?.cursor ?? '');
    expect(next?.reset).toBeUndefined();
    expect(next?.messages?.map(({ content }) => content)).toEqual(['besok jam 9']);
    // As after a failover that has taken the edit back.
    vi.spyOn(test.store, 'historyUpTo').mockReturnValue(revision);
    expect((await poll(budi, received?.cursor ?? ''))?.reset).toBe(true);
    expect((await poll(budi, before))?.reset).toBeUndefined();
  });

  it('an edit is possible for 15 minutes, and repeating it is always possible', async () => {
    const sent = await send(ani, 'satu');
    test.clock.now += 15 * MINUTE - 1;
    const { body: edited } = await edit(ani, sent, 'dua');
    expect(edited).toMatchObject({ content: 'dua' });
    test.clock.now += 1;
    const revision = test.store.revision();
    expect((await edit(ani, sent, 'dua')).body).toEqual(edited);
    const late = await edit(ani, sent, 'tiga');
    expect([late.status, late.body.code]).toEqual([403, 'EDIT_TOO_LATE']);
    expect(test.store.revision()).toBe(revision);
  });

  it('an edit is possible for EDIT_MINUTES, and never with 0', async () => {
    for (const [minutes, expected] of [
      ['0', 403],
      ['60', 200],
    ] as const) {
      test = await startApp({ EDIT_MINUTES: minutes });
      [ani, budi] = await signUpFriends(test);
      const sent = await send(ani, 'satu');
      if (minutes !== '0') test.clock.now += 59 * MINUTE;
      expect((await edit(ani, sent, 'dua')).status).toBe(expected);
    }
  });

  it.each([
    [
      'of a message that does not exist',
      async (sent: Message) => edit(ani, { ...sent, seq: 9 }, 'x'),
      404,
      'NO_SUCH_MESSAGE',
    ],
    ['of a message of another person', async (sent: Message) => edit(budi, sent, 'x'), 403, 'NOT_YOURS'],
    [
      'by a stranger',
      async (sent: Message) => edit(await signUp(test, 'citra'), sent, 'x'),
      403,
      'NOT_MEMBER',
    ],
    ['to an empty text', async (sent: Message) => edit(ani, sent, ' '), 400, 'INVALID_MESSAGE'],
    [
      'of a deleted message',
      async (sent: Message) => {
        await remove(ani, sent, 'everyone');
        return edit(ani, sent, 'x');
      },
      409,
      'MESSAGE_DELETED',
    ],
    [
      'while the cipher is unavailable',
      async (sent: Message) => {
        const { ApiError } = await import('../src/errors.ts');
        test.cipher.failure = new ApiError('CIPHER_UNAVAILABLE');
        return edit(ani, sent, 'x');
      },
      503,
      'CIPHER_UNAVAILABLE',
    ],
  ])('an edit %s is refused and changes nothing', async (_, ask, status, code) => {
    const sent = await send(ani, 'satu');
    const answer = await ask(sent);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect((await test.store.message(sent.conversationId, 1))?.edit).toBeUndefined();
  });
});

describe('a deletion for everyone', () => {
  it('a message deleted for everyone leaves its seq, also for people who were offline, and does not count as unread', async () => {
    const sent = await send(ani, 'rahasia');
    const { cursor } = await begin(budi);
    await send(ani, 'halo');
    expect((await begin(budi)).conversations?.[0]).toMatchObject({ unread: 2 });
    test.clock.now += 365 * 24 * 60 * MINUTE;
    ani = await logIn(test, 'ani');
    budi = await logIn(test, 'budi');
    const gone = await remove(ani, sent, 'everyone');
    expect(gone.body).toEqual({ ...sent, content: '', deleted: true });
    const received = await poll(budi, cursor);
    expect(received?.messages?.at(-1)).toEqual(gone.body);
    expect(received?.conversations?.[0]).toMatchObject({ unread: 1, lastSeq: 2 });
    expect((await history(budi))[0]).toEqual(gone.body);
    expect((await test.store.message(sent.conversationId, 1))?.content).toBe('');
  });

  it('only one’s own message can be deleted for everyone, repeatably, and its reply reference goes too', async () => {
    const first = await send(ani, 'satu');
    const reply = await send(ani, 'dua', { replyTo: 1 });
    expect((await remove(budi, first, 'everyone')).body.code).toBe('NOT_YOURS');
    expect((await remove(ani, { ...first, seq: 3 }, 'everyone')).body.code).toBe('NO_SUCH_MESSAGE');
    const { body } = await remove(ani, reply, 'everyone');
    expect(body).not.toHaveProperty('replyTo');
    const revision = test.store.revision();
    expect((await remove(ani, reply, 'everyone')).body).toEqual(body);
    expect(test.store.revision()).toBe(revision);
  });

  it('a deletion and an edit remove the old text from memory too', async () => {
    test = await startApp({ PLAINTEXT_CACHE: 'off' });
    [ani, budi] = await signUpFriends(test);
    const forget = vi.spyOn(test.cipher, 'forget');
    const sent = await send(ani, 'rahasia');
    const before = (await test.store.message(sent.conversationId, 1))?.content;
    await edit(ani, sent, 'lain');
    const after = (await test.store.message(sent.conversationId, 1))?.content;
    await remove(ani, sent, 'everyone');
    expect(forget.mock.calls.flat(2)).toEqual([before, after]);
  });
});

describe('a deletion for oneself', () => {
  it('a deletion for oneself reaches one’s other devices and no one else, and the previous message becomes the newest', async () => {
    const first = await send(ani, 'satu');
    const second = await send(ani, 'dua');
    const his = await begin(budi);
    const hers = await catchUp(ani);
    const { body: hidden } = await remove(budi, second, 'me');
    expect(hidden).toEqual({ ...second, content: '', hidden: true });
    expect(await poll(ani, hers)).toBeUndefined();
    const tablet = await logIn(test, 'budi');
    const received = await poll(tablet, his.cursor);
    expect(received?.messages).toEqual([hidden]);
    expect(received?.conversations?.[0]).toMatchObject({ unread: 1, last: first });
    expect((await begin(budi)).conversations?.[0]?.last).toEqual(first);
    expect(await history(budi)).toEqual([first, hidden]);
    expect(await history(ani)).toEqual([first, second]);
    await remove(budi, first, 'me');
    expect((await begin(budi)).conversations?.[0]).not.toHaveProperty('last');
    const revision = test.store.revision();
    expect((await remove(budi, second, 'me')).body).toEqual(hidden);
    expect(test.store.revision()).toBe(revision);
  });

  it('a hidden message stays hidden when its author edits or deletes it', async () => {
    const sent = await send(ani, 'satu');
    await remove(budi, sent, 'me');
    await edit(ani, sent, 'dua');
    expect(await history(budi)).toEqual([{ ...sent, content: '', hidden: true }]);
    await remove(ani, sent, 'everyone');
    expect(await history(budi)).toEqual([{ ...sent, content: '', hidden: true, deleted: true }]);
  });

  it('the number of gaps from hidden messages is limited', async () => {
    const { conversationId } = await send(ani, 'satu');
    const { id } = ani;
    await test.store.transact(async (tx) => {
      for (let seq = 3; seq <= 1001; seq += 2) await tx.hideMessage(conversationId, id, seq);
    });
    const answer = await ani.delete(`/conversations/${conversationId}/messages/1?for=me`);
    expect([answer.status, answer.body.code]).toEqual([409, 'TOO_MANY_HIDDEN']);
  });
});

describe('a reply', () => {
  it('a reply names the message it answers, also after edits', async () => {
    const first = await send(ani, 'satu');
    const reply = await send(budi, 'ya', { replyTo: first.seq });
    expect(reply).toMatchObject({ replyTo: 1 });
    expect((await edit(budi, reply, 'tidak')).body).toMatchObject({ replyTo: 1, content: 'tidak' });
    expect((await history(ani)).at(-1)).toMatchObject({ replyTo: 1 });
  });

  it('a reply to a message that does not exist is refused', async () => {
    await send(ani, 'satu');
    const input = { senderId: ani.id, receiverId: budi.id, message: 'x' };
    for (const replyTo of [2, 0, -1, 1.5, '1']) {
      const { status, body } = await ani.post('/chat/send', { ...input, replyTo });
      expect([replyTo, status, body.code]).toEqual([replyTo, 400, 'INVALID_REQUEST']);
    }
  });

  it('a reply leads to the page of history around the message it answers', async () => {
    for (let n = 1; n <= 9; n++) await send(ani, `${n}`);
    const seqs = async (more: string) => (await history(budi, more)).map(({ seq }) => seq);
    expect(await seqs('&after=3&limit=2')).toEqual([4, 5]);
    expect(await seqs('&after=0&limit=2')).toEqual([1, 2]);
    expect(await seqs('&after=9')).toEqual([]);
    const both = await ani.get(`/chat/history?myId=${ani.id}&friendId=${budi.id}&after=1&before=3`);
    expect([both.status, both.body.code]).toEqual([400, 'INVALID_REQUEST']);
  });
});

describe('a send that is repeated', () => {
  it('a repeated send after an edit or a deletion is answered with the message as it is now', async () => {
    const clientMessageId = randomUUID();
    const sent = await send(ani, 'satu', { clientMessageId });
    const { body: edited } = await edit(ani, sent, 'dua');
    expect(await send(ani, 'satu', { clientMessageId })).toEqual(edited);
    const { body: gone } = await remove(ani, sent, 'everyone');
    expect(await send(ani, 'satu', { clientMessageId })).toEqual(gone);
    expect(await history(ani)).toHaveLength(1);
    const input = { senderId: budi.id, receiverId: ani.id, message: 'satu', clientMessageId };
    expect((await budi.post('/chat/send', input)).body.code).toBe('MESSAGE_ID_REUSED');
  });

  it('a repeated send that replies to another message is refused as another message with the same id', async () => {
    await send(budi, 'a');
    const clientMessageId = randomUUID();
    await send(ani, 'satu', { clientMessageId, replyTo: 1 });
    const input = { senderId: ani.id, receiverId: budi.id, message: 'satu', clientMessageId };
    expect((await ani.post('/chat/send', input)).body.code).toBe('MESSAGE_ID_REUSED');
  });
});
