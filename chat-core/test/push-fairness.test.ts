import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { SendPush } from '../src/push/push-client.ts';
import { atOnce, startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUp, signUpFriends } from './support/client.ts';
import { newBrowser, startPushService } from './support/push-service.ts';
import { until } from './support/until.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

/** A push service of this host takes a push and never answers. */
const SILENT = 'silent.push.example.net';
let service: Awaited<ReturnType<typeof startPushService>>;
let test: TestApp;
let ani: Client;
let budi: Client;
/** Pushes to the silent host that have not ended. */
let hanging: (() => void)[];
const send: SendPush = (push) =>
  push.endpoint.includes(SILENT)
    ? new Promise((_, reject) => hanging.push(() => reject(new Error('no answer'))))
    : service.send(push);
beforeAll(async () => {
  service = await startPushService();
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.forget();
  hanging = [];
  test = await startApp({}, { push: { send, delay: atOnce, checkMs: 5 }, stopwatch: () => test.clock.now });
  [ani, budi] = await signUpFriends(test);
});
afterEach(async () => {
  test.endPolls();
  for (const end of hanging) end();
  await test.store.close();
});

/** Subscribes a session to the silent host. */
async function subscribeSilent(client: Client, host = SILENT): Promise<void> {
  const { subscription } = newBrowser(`d${Math.random()}`);
  const endpoint = subscription.endpoint.replace(/\/\/[^/]+/, `//${host}`);
  expect((await client.post('/push/subscribe', { ...subscription, endpoint })).status).toBe(200);
}
async function write(from: Client, to: Client): Promise<void> {
  await from.post('/friends/add', { myId: from.id, friendUsername: to.username });
  const { status } = await from.post('/chat/send', { senderId: from.id, receiverId: to.id, message: 'hai' });
  expect(status).toBe(200);
}

it('ten devices at a push service that never answers do not delay the push of anybody else', async () => {
  for (let n = 0; n < 10; n++) await subscribeSilent(n === 0 ? budi : await logIn(test, 'budi'));
  await write(ani, budi);
  await until(() => hanging.length > 0);
  const eka = await signUp(test, 'eka');
  const browser = newBrowser('eka');
  await eka.post('/push/subscribe', browser.subscription);
  await write(ani, eka);
  await service.come(1);
  // None of them had ended when it arrived.
  expect([service.arrived[0]?.path, hanging.length]).toEqual([browser.path, 1]);
});

it('devices at many silent hosts, of several people, do not delay a push to a service that has answered', async () => {
  await ani.post('/push/subscribe', newBrowser('ani').subscription);
  expect((await ani.post('/push/test', {})).status).toBe(200);
  for (const name of ['dewi', 'fajar', 'gita']) {
    const person = await signUp(test, name);
    for (let n = 0; n < 5; n++)
      await subscribeSilent(n === 0 ? person : await logIn(test, name), `${name}${n}.${SILENT}`);
    await write(ani, person);
  }
  // The premise: as many run as may at once.
  await until(() => hanging.length === 2);
  const browser = newBrowser('budi');
  await budi.post('/push/subscribe', browser.subscription);
  await write(ani, budi);
  await service.come(2);
  expect([service.arrived[1]?.path, hanging.length]).toEqual([browser.path, 2]);
});

it('many test notifications of one account to a silent host run one at a time, and those of others at once', async () => {
  await subscribeSilent(budi);
  const tests = Array.from({ length: 10 }, () => budi.post('/push/test', {}).then());
  const refused = tests.map(async (answer) => (await answer).body.code);
  await until(() => hanging.length > 0);
  const browser = newBrowser('ani');
  await ani.post('/push/subscribe', browser.subscription);
  expect((await ani.post('/push/test', {})).status).toBe(200);
  expect(hanging).toHaveLength(1);
  hanging.shift()?.();
  const codes = await Promise.all(refused);
  expect(codes.filter((code) => code === 'PUSH_FAILED').length).toBeGreaterThan(0);
  expect(codes.filter((code) => code !== 'PUSH_FAILED' && code !== 'OVERLOADED')).toEqual([]);
  expect(service.arrived).toHaveLength(1);
});

it('with PUSH_HOSTS only the listed push services are called, also for subscriptions from before', async () => {
  const phone = await logIn(test, 'budi');
  const listed = newBrowser('listed');
  await phone.post('/push/subscribe', listed.subscription);
  await subscribeSilent(budi);
  await write(ani, budi);
  await until(() => hanging.length > 0 && service.arrived.length > 0);
  test.endPolls();
  hanging.shift()?.();
  service.forget();
  const push = { send, delay: atOnce, checkMs: 5 };
  const env = { PUSH_HOSTS: 'known,*.push.example.org' };
  test = await startApp(env, { push, store: test.store });
  const [again, anew] = [await logIn(test, 'budi'), await logIn(test, 'ani')];
  await write(anew, again);
  await service.come(1);
  expect([service.arrived[0]?.path, hanging]).toEqual([listed.path, []]);
  const { subscription } = newBrowser('elsewhere');
  for (const [host, status] of [
    ['elsewhere.example.com', 400],
    ['push.example.org', 400],
    ['fcm.googleapis.com', 200],
  ] as const) {
    const answer = await again.post('/push/subscribe', { ...subscription, endpoint: `https://${host}/x` });
    expect([host, answer.status]).toEqual([host, status]);
  }
});
