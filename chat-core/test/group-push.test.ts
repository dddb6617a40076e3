import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Id } from '../src/wire/wire.ts';
import { atOnce, startApp, type TestApp } from './support/app.ts';
import { type Client, signUp } from './support/client.ts';
import { befriend, createGroup, remove, send, setRole } from './support/groups.ts';
import { newBrowser, startPushService } from './support/push-service.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let service: Awaited<ReturnType<typeof startPushService>>;
let test: TestApp;
let owner: Client;
let member: Client;
let other: Client;
let id: Id;
let browsers: Map<Client, ReturnType<typeof newBrowser>>;
/** Collects delayed pushes while it is set. */
let delayed: (() => void)[] | undefined;
const delay = (work: () => void) => {
  if (!delayed) return atOnce(work);
  delayed.push(work);
  return () => {};
};

beforeAll(async () => {
  service = await startPushService();
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.forget();
  delayed = undefined;
  const push = { send: service.send, delay, checkMs: 5 };
  test = await startApp({}, { push, stopwatch: () => test.clock.now });
  [owner, member, other] = (await Promise.all(
    ['owner', 'member', 'other'].map((name) => signUp(test, name)),
  )) as [Client, Client, Client];
  for (const friend of [member, other]) await befriend(owner, friend);
  id = await createGroup(owner, [member, other]);
  browsers = new Map();
  for (const one of [member, other]) {
    const browser = newBrowser(one.username);
    browsers.set(one, browser);
    await one.post('/push/subscribe', { ...browser.subscription, preview: 'full' });
  }
});
afterEach(async () => {
  test.endPolls();
  await test.store.close();
});

/** The payloads that reached the browser of a person. */
const pushesTo = (person: Client) =>
  service.arrived
    .filter(({ path }) => path === browsers.get(person)?.path)
    .map(({ body }) => browsers.get(person)?.open(body));
const mute = (who: Client, mentions = false) =>
  who.post('/chat/mute', { conversationId: id, for: 'always', mentions });

it('a message of a group is pushed to all others, with the group, its sender and its text', async () => {
  await send(owner, id, 'Besok jam tujuh');
  await service.come(2);
  const payload = {
    type: 'message',
    conversationId: id,
    count: 1,
    group: 'Keluarga',
    name: 'owner',
    text: 'Besok jam tujuh',
  };
  for (const one of [member, other]) expect(pushesTo(one)).toEqual([payload]);
});

it('a poll is pushed with its question, and a vote is not pushed', async () => {
  const poll = { question: 'Besok jam berapa?', answers: ['Tujuh', 'Delapan'] };
  const sent = await owner.post('/chat/send', { senderId: owner.id, conversationId: id, poll });
  await service.come(2);
  expect(pushesTo(member)).toMatchObject([{ text: '📊 Besok jam berapa?', count: 1 }]);
  const path = `/conversations/${id}/messages/${sent.body.seq}/vote`;
  expect((await other.putJson(path, { choices: [0] })).status).toBe(200);
  await send(owner, id, 'Ayo pilih');
  await service.come(4);
  expect(pushesTo(member)).toMatchObject([{ count: 1 }, { text: 'Ayo pilih', count: 2 }]);
});

it('a muted group pushes mentions of the person alone, and none where mentions are muted too', async () => {
  await mute(member);
  await mute(other, true);
  await send(owner, id, 'Untuk semua');
  await send(owner, id, 'Untuk kalian', { mentions: [member.id, other.id] });
  await service.come(1);
  // The other's mention is muted: the next push that comes is of a group that is not.
  await other.post('/chat/mute', { conversationId: id, for: 'off' });
  await send(owner, id, 'Untuk semua lagi');
  await service.come(2);
  expect(pushesTo(member)).toEqual([expect.objectContaining({ text: 'Untuk kalian', count: 2 })]);
  expect(pushesTo(other)).toEqual([expect.objectContaining({ text: 'Untuk semua lagi' })]);
});

it('a message of a blocked person is not pushed, and does not keep that of another from it', async () => {
  await member.post('/friends/block', { userId: owner.id });
  delayed = [];
  await send(other, id, 'Sudah makan?');
  await send(owner, id, 'Dari yang diblokir');
  for (const work of delayed.splice(0)) work();
  delayed = undefined;
  await service.come(2);
  expect(pushesTo(member)).toEqual([
    expect.objectContaining({ name: 'other', text: 'Sudah makan?', count: 1 }),
  ]);
  // Nor is the message before pushed again.
  await send(owner, id, 'Masih diblokir');
  await send(other, id, 'Ayo');
  await service.come(4);
  expect(pushesTo(member).map((one) => one?.type === 'message' && one.text)).toEqual(['Sudah makan?', 'Ayo']);
});

it('a system row is not pushed, and does not keep the message before it from being pushed', async () => {
  await setRole(owner, id, member, 'admin');
  delayed = [];
  await send(owner, id, 'Selamat');
  await owner.patch(`/groups/${id}`, { name: 'Desa' });
  for (const work of delayed.splice(0)) work();
  await service.come(2);
  expect(service.arrived).toHaveLength(2);
  expect(pushesTo(member)).toEqual([expect.objectContaining({ text: 'Selamat', group: 'Desa' })]);
});

it('a member who is removed before the delay of a push is over gets none', async () => {
  delayed = [];
  await send(owner, id, 'Rahasia');
  await remove(owner, id, member);
  for (const work of delayed.splice(0)) work();
  await service.come(1);
  expect([pushesTo(member), pushesTo(other)]).toEqual([[], [expect.objectContaining({ text: 'Rahasia' })]]);
});
