import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Message } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUpFriends } from './support/client.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;

beforeEach(async () => {
  test = await startApp();
  [ani, budi] = await signUpFriends(test);
});

const send = async (message: string, clientMessageId: string = randomUUID()) =>
  ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message, clientMessageId });
const pathOf = ({ conversationId, seq }: Message) => `/conversations/${conversationId}/messages/${seq}`;
const edit = (message: Message, text: string) => ani.patch(pathOf(message), { message: text });
const remove = (message: Message) => ani.delete(`${pathOf(message)}?for=everyone`);
const history = async (): Promise<Message[]> =>
  (await budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}`)).body;

/** Seals wait from now on until `release`; `reached` resolves when `count` of them wait. */
function holdSeals(count: number): { reached: Promise<void>; release: () => void } {
  const { seal } = test.cipher;
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let waiting = 0;
  test.cipher.seal = async (...args) => {
    waiting += 1;
    if (waiting === count) reached.resolve();
    await gate.promise;
    return seal(...args);
  };
  return { reached: reached.promise, release: gate.resolve };
}

describe('concurrent changes of a message', () => {
  it('a deletion wins over an edit that is being sealed, and nothing of the edit is stored', async () => {
    const sent: Message = (await send('satu')).body;
    const seals = holdSeals(1);
    const edited = edit(sent, 'dua').then((answer) => answer);
    await seals.reached;
    const gone = await remove(sent);
    seals.release();
    expect(gone.status).toBe(200);
    expect([(await edited).status, (await edited).body.code]).toEqual([409, 'MESSAGE_DELETED']);
    expect(await history()).toEqual([gone.body]);
    expect(await test.store.message(sent.conversationId, 1)).toMatchObject({
      content: '',
      deletedAt: test.clock.now,
    });
  });

  it('an edit and a deletion end with the message deleted, whichever comes first', async () => {
    for (let n = 0; n < 20; n++) {
      const sent: Message = (await send(`${n}`)).body;
      const both = [() => edit(sent, 'lain'), () => remove(sent)];
      const [one, other] = n % 2 === 0 ? both : both.toReversed();
      const answers = await Promise.all([one?.(), other?.()]);
      for (const answer of answers) expect([200, 409]).toContain(answer?.status);
      expect((await history()).at(-1)).toMatchObject({ seq: sent.seq, content: '', deleted: true });
    }
  });

  it('two concurrent edits both succeed, each sealed with its own number, and the second one lasts', async () => {
    const sent: Message = (await send('satu')).body;
    const seals = holdSeals(2);
    const edits = ['dua', 'tiga'].map((text) => edit(sent, text).then((answer) => answer));
    await seals.reached;
    seals.release();
    const answers = await Promise.all(edits);
    expect(answers.map(({ status, body }) => [status, body.content])).toEqual([
      [200, 'dua'],
      [200, 'tiga'],
    ]);
    const row = await test.store.message(sent.conversationId, 1);
    const [, text, bound] = JSON.parse(Buffer.from(row?.content ?? '', 'base64').toString());
    expect([row?.edit, bound.edit]).toEqual([2, 2]);
    expect(await history()).toMatchObject([{ content: text }]);
  });

  it('an edit that is being sealed when the friendship ends leaves the message unchanged', async () => {
    const sent: Message = (await send('satu')).body;
    const seals = holdSeals(1);
    const edited = edit(sent, 'dua').then((answer) => answer);
    await seals.reached;
    await budi.post('/friends/remove', { userId: ani.id });
    seals.release();
    expect((await edited).body.code).toBe('NOT_FRIENDS');
    expect(await history()).toEqual([sent]);
    // The author can still delete it.
    expect((await remove(sent)).status).toBe(200);
  });

  it('a repeated send and a concurrent deletion make one message, which is deleted', async () => {
    const id = randomUUID();
    const sent: Message = (await send('satu', id)).body;
    const answers = await Promise.all([send('satu', id), remove(sent), send('satu', id)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await history()).toEqual([answers[1]?.body]);
    expect((await send('satu', id)).body).toMatchObject({ deleted: true });
  });

  it('a repeated send that is being sealed while the first is stored and deleted makes no second message', async () => {
    const id = randomUUID();
    const seals = holdSeals(2);
    const sends = [send('satu', id), send('satu', id)].map((one) => one.then((answer) => answer));
    await seals.reached;
    seals.release();
    const [first, second] = await Promise.all(sends);
    expect(first?.body).toEqual(second?.body);
    await remove(first?.body);
    expect(await history()).toHaveLength(1);
  });
});
