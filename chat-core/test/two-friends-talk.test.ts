import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Delta, Message } from '../src/wire/wire.ts';
import { everythingIn } from './support/disk.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Person, signUp } from './support/person.ts';

let pair: Pair;
let ani: Person;
let budi: Person;

beforeAll(async () => {
  pair = await startPair({}, { hashing: 'real' });
  [ani, budi] = await Promise.all([signUp(pair.url, 'ani'), signUp(pair.url, 'budi')]);
});
afterAll(() => pair.stop());

it('two people become friends, write and read, and the disk holds only ciphertext', async () => {
  const added = await ani.post('/friends/add', { myId: ani.id, friendUsername: 'Budi' });
  expect(added).toMatchObject({ status: 200, body: { contact: { id: budi.id, username: 'budi' } } });
  expect((await budi.get(`/friends/${budi.id}`)).body).toEqual([{ id: ani.id, username: 'ani' }]);

  const sent = await ani.post('/chat/send', {
    senderId: ani.id,
    receiverId: budi.id,
    message: 'rahasia dapur',
  });
  expect(sent.body).toMatchObject({
    content: 'rahasia dapur',
    seq: 1,
    senderId: ani.id,
    receiverId: budi.id,
  });
  const answer = await budi.post('/chat/send', {
    senderId: budi.id,
    receiverId: ani.id,
    message: 'siap, bu',
  });
  expect(answer.body).toMatchObject({ seq: 2, conversationId: (sent.body as Message).conversationId });

  const history = await ani.get(`/chat/history?myId=${ani.id}&friendId=${budi.id}`);
  expect(history.body).toEqual([sent.body, answer.body]);

  const file = everythingIn(pair.dataDir);
  expect(file).toContain((sent.body as Message).id);
  for (const secret of ['rahasia dapur', 'siap, bu', ani.password, ani.token])
    expect(file).not.toContain(secret);
});

it('a poll returns what changed since its cursor, then nothing, and the whole state without a cursor', async () => {
  const first = (await budi.get('/sync')).body as Delta;
  expect(first).toMatchObject({ reset: true, me: { id: budi.id }, friends: [{ id: ani.id }] });
  expect(first.conversations?.[0]?.last).toMatchObject({ content: 'siap, bu' });
  expect(await budi.poll(first.cursor)).toMatchObject({ status: 204 });

  const { body } = await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'baru' });
  const delta = (await budi.poll(first.cursor)).body as Delta;
  expect(delta.reset).toBeUndefined();
  expect(delta.messages).toEqual([body]);
  expect(await budi.poll(delta.cursor)).toMatchObject({ status: 204 });
});

it('all messages are still there after chat-core was killed', async () => {
  const path = `/chat/history?myId=${ani.id}&friendId=${budi.id}`;
  const before = (await ani.get(path)).body;
  const { cursor } = (await ani.get('/sync')).body as Delta;
  await pair.restartCore('SIGKILL');
  expect((await ani.get(path)).body).toEqual(before);
  // Receipts are in memory first and are sent again; messages are not.
  const { body } = await ani.poll(cursor);
  expect(body).not.toHaveProperty('messages');
  expect(body).not.toHaveProperty('reset');
  expect(await ani.poll((body as Delta).cursor)).toMatchObject({ status: 204 });
});
