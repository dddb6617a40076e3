import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Device, Message } from '../src/wire/wire.ts';
import { atOnce, startApp, type TestApp } from './support/app.ts';
import { endDevice } from './support/authenticator.ts';
import { type Client, deviceOf, logIn, signUp, signUpFriends } from './support/client.ts';
import { newBrowser, startPushService, vapidOf } from './support/push-service.ts';
import { until } from './support/until.ts';
import { bytesOf, upload } from './support/uploads.ts';

let service: Awaited<ReturnType<typeof startPushService>>;
let test: TestApp;
let ani: Client;
let budi: Client;
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
  test = await startApp(
    {},
    { push: { send: service.send, delay, checkMs: 5 }, stopwatch: () => test.clock.now },
  );
  [ani, budi] = await signUpFriends(test);
});
afterEach(async () => {
  test.endPolls();
  await test.store.close();
});

async function write(message: string): Promise<Message> {
  const { id } = ani;
  const answer = await ani.post('/chat/send', { senderId: id, receiverId: budi.id, message });
  expect(answer.status).toBe(200);
  return answer.body as Message;
}

/** Subscribes a browser of Budi with this preview. */
async function subscribeBudi(preview?: 'full' | 'name' | 'none', name?: string, client = budi) {
  const browser = newBrowser(name);
  const answer = await client.post('/push/subscribe', {
    ...browser.subscription,
    ...(preview && { preview }),
  });
  expect(answer.status).toBe(200);
  return browser;
}

const stored = async () => (await test.store.account(budi.id))?.devices.map(({ push }) => push?.endpoint);

describe('a message for a person who is not viewing the page', () => {
  it('a message is pushed to the device, encrypted for it alone, with the sender’s name and no text', async () => {
    const browser = await subscribeBudi();
    const { conversationId } = await write('rahasia besar');
    await service.come(1);
    const [push = expect.fail()] = service.arrived;
    expect(browser.open(push.body)).toEqual({ type: 'message', conversationId, count: 1, name: 'ani' });
    expect(push.path).toBe(browser.path);
    expect(push.headers).toMatchObject({ ttl: '86400', urgency: 'high', 'content-encoding': 'aes128gcm' });
    expect(push.headers.topic).toMatch(/^[\w-]{32}$/);
    expect(push.headers.topic).not.toContain(conversationId.slice(0, 8));
    const key = (await budi.get('/push/key')).body.key as string;
    const vapid = vapidOf(push.headers.authorization ?? '');
    expect(vapid.key).toBe(key);
    expect(vapid.claims).toMatchObject({ aud: 'https://localhost.push.example.org' });
  });

  it('a push shows as much as its device allows, and every push has the same length', async () => {
    const phone = await logIn(test, 'budi');
    const desk = await logIn(test, 'budi');
    const browsers = [
      await subscribeBudi('none', 'a'),
      await subscribeBudi('full', 'b', phone),
      await subscribeBudi('name', 'c', desk),
    ];
    const { conversationId } = await write('Hai 👋 '.repeat(60));
    await service.come(3);
    const base = { type: 'message', conversationId, count: 1 };
    const opened = browsers.map((browser) => {
      const push = service.arrived.find(({ path }) => path === browser.path) ?? expect.fail();
      return browser.open(push.body);
    });
    const text = [...'Hai 👋 '.repeat(60)].slice(0, 159).join('');
    expect(opened).toEqual([base, { ...base, name: 'ani', text: `${text}…` }, { ...base, name: 'ani' }]);
    expect(new Set(service.arrived.map(({ body }) => body.length)).size).toBe(1);
  });

  it('a message is pushed without its text while the cipher is unavailable', async () => {
    const browser = await subscribeBudi('full');
    test.cipher.calls.open = 0;
    await write('rahasia');
    test.cipher.failure = new Error('unavailable');
    await service.come(1);
    const [push = expect.fail()] = service.arrived;
    expect(browser.open(push.body)).toMatchObject({ type: 'message', name: 'ani', count: 1 });
  });

  it('a message with files is named by its kind where texts are shown, and by nothing elsewhere', async () => {
    const phone = await logIn(test, 'budi');
    const browsers = [await subscribeBudi('name', 'a'), await subscribeBudi('full', 'b', phone)];
    const { id: conversationId = '' } = (await test.store.conversationsOf(ani.id))[0] ?? {};
    const name = `${'Laporan RT 05 '.repeat(9)}.pdf`;
    const look = { type: 'audio/ogg', voice: true, durationMs: 72_400 };
    const ids = [
      (await upload(ani, conversationId, bytesOf(5), { name })).id,
      (await upload(ani, conversationId, Buffer.from('OggS\0'), look)).id,
    ];
    const opened = async (attachments: string[], message: string) => {
      service.forget();
      const sent = await ani.post('/chat/send', {
        senderId: ani.id,
        receiverId: budi.id,
        message,
        attachments,
      });
      expect(sent.status).toBe(200);
      await service.come(2);
      return browsers.map((browser) => {
        const push = service.arrived.find(({ path }) => path === browser.path) ?? expect.fail();
        return browser.open(push.body);
      });
    };
    const base = { type: 'message', conversationId, name: 'ani' };
    const voice = { kind: 'voice', count: 1, seconds: 72 };
    expect(await opened(ids.slice(1), '')).toEqual([
      { ...base, count: 1 },
      { ...base, count: 1, file: voice },
    ]);
    const shortened = `${name.slice(0, 39)}…`;
    expect(await opened(ids.slice(0, 1), '👋'.repeat(200))).toEqual([
      { ...base, count: 2 },
      {
        ...base,
        count: 2,
        text: `${'👋'.repeat(99)}…`,
        file: { kind: 'file', count: 1, name: shortened },
      },
    ]);
  });

  it('messages of the same conversation share a push', async () => {
    const browser = await subscribeBudi();
    for (const text of ['satu', 'dua', 'tiga']) await write(text);
    await until(() => {
      const last = service.arrived.at(-1);
      const notice = last && browser.open(last.body);
      return notice?.type === 'message' && notice.count === 3;
    });
    expect(service.arrived.length).toBeLessThanOrEqual(3);
    expect(new Set(service.arrived.map(({ headers }) => headers.topic)).size).toBe(1);
  });
});

describe('a message for a person who views the page on another device', () => {
  const notices = (browser: Awaited<ReturnType<typeof subscribeBudi>>) =>
    service.arrived.filter(({ path }) => path === browser.path).map(({ body }) => browser.open(body));
  /** Budi's desktop reports this activity by a poll that is answered immediately. */
  const desk = (activity: 'active' | 'idle' | 'hidden') => budi.get(`/sync?activity=${activity}`);
  /** Advances the clock past the next poll of a person who views the page. */
  const wait = () => {
    test.clock.now += 60_000;
  };

  it('unread messages are pushed once per conversation when the person stops viewing', async () => {
    const phone = await logIn(test, 'budi');
    const browser = await subscribeBudi('name', 'phone', phone);
    await desk('active');
    const { conversationId } = await write('satu');
    for (const text of ['dua', 'tiga']) await write(text);
    expect([test.presence.isViewing(budi.id), notices(browser)]).toEqual([true, []]);
    wait();
    await desk('idle');
    await until(() => notices(browser).length > 0);
    const once = [{ type: 'message', conversationId, count: 3, name: 'ani' }];
    expect(notices(browser)).toEqual(once);
    // Viewing it again and leaving it unread again pushes nothing more.
    await desk('active');
    wait();
    await desk('hidden');
    const { seq } = await write('empat');
    await until(() => notices(browser).length > 1);
    expect([seq, notices(browser)]).toEqual([4, [...once, { ...once[0], count: 4 }]]);
  });

  it('a message that was read on any device by then is not pushed', async () => {
    const phone = await logIn(test, 'budi');
    const browser = await subscribeBudi('name', 'phone', phone);
    await desk('active');
    const { conversationId, seq } = await write('sudah dibaca');
    await budi.post('/chat/read', { conversationId, seq });
    wait();
    await desk('hidden');
    await write('belum dibaca');
    await until(() => notices(browser).length > 0);
    // The deferred push may be due just then: it says the same, under the same topic.
    const once = { type: 'message', conversationId, count: 1, name: 'ani' };
    for (const notice of notices(browser)) expect(notice).toEqual(once);
  });

  it('a deferred push writes nothing', async () => {
    await subscribeBudi('name', 'phone', await logIn(test, 'budi'));
    await desk('active');
    await write('tunggu');
    const revision = test.store.revision();
    for (let turn = 0; turn < 5; turn++) await desk('active');
    expect(test.store.revision()).toBe(revision);
  });
});

describe('nothing is pushed', () => {
  /** Waits until a message to another person was pushed: all pushes before it are done by then. */
  async function pushesDone(): Promise<void> {
    const eka = await signUp(test, 'eka');
    await ani.post('/friends/add', { myId: ani.id, friendUsername: 'eka' });
    const last = newBrowser('last');
    await eka.post('/push/subscribe', last.subscription);
    await ani.post('/chat/send', { senderId: ani.id, receiverId: eka.id, message: 'akhir' });
    await until(() => service.arrived.some(({ path }) => path === last.path));
  }
  const pushCount = () => service.arrived.filter(({ path }) => path !== '/push/last').length;

  it('nothing is pushed to a person with a waiting poll of an active page', async () => {
    await subscribeBudi();
    const first = await budi.get('/sync');
    const held = budi.get('/sync?wait=25&activity=active', { 'Last-Event-ID': first.body.cursor }).then();
    await until(() => test.presence.isViewing(budi.id));
    await write('kamu lihat');
    await held;
    await pushesDone();
    expect(pushCount()).toBe(0);
  });

  it('nothing is pushed about messages that were read, or to a session that has ended', async () => {
    const phone = await logIn(test, 'budi');
    await subscribeBudi('name', 'one');
    await subscribeBudi('name', 'two', phone);
    delayed = [];
    const { conversationId, seq } = await write('sudah dibaca');
    await budi.post('/chat/read', { conversationId, seq });
    await phone.post('/auth/logout', {});
    const over = delayed;
    delayed = undefined;
    expect(over).toHaveLength(1);
    for (const work of over) work();
    await pushesDone();
    expect(pushCount()).toBe(0);
    await write('lagi');
    await until(() => pushCount() === 1);
    expect(service.arrived.at(-1)?.path).toBe('/push/one');
  });

  it('nothing is pushed about a muted conversation until the mute ends', async () => {
    await subscribeBudi('name', 'one');
    await subscribeBudi('name', 'two', await logIn(test, 'budi'));
    const { conversationId } = await write('sebelum');
    await until(() => pushCount() === 2);
    await budi.post('/chat/mute', { conversationId, for: '8h' });
    await write('diam');
    await pushesDone();
    expect(pushCount()).toBe(2);
    test.clock.now += 8 * 3_600_000 + 1;
    await write('lagi');
    await until(() => pushCount() === 4);
  });

  it('nothing is pushed to a device that has unsubscribed', async () => {
    await subscribeBudi();
    await budi.post('/push/unsubscribe', {});
    await write('diam');
    await pushesDone();
    expect([pushCount(), await stored()]).toEqual([0, [undefined]]);
  });

  it('nothing is pushed to a device that was logged out from another one', async () => {
    const lost = await logIn(test, 'budi');
    await subscribeBudi('name', 'lost', lost);
    await endDevice(budi, deviceOf(lost));
    await write('diam');
    await pushesDone();
    expect([pushCount(), await stored()]).toEqual([0, [undefined]]);
  });
});

describe('a subscription', () => {
  it('a subscription is removed when its push service says it is gone, and only then', async () => {
    const browser = await subscribeBudi();
    for (const [index, status] of [503, 403].entries()) {
      service.answer(browser.path, status);
      expect((await budi.post('/push/test', {})).body.code).toBe('PUSH_FAILED');
      expect([service.arrived.length, await stored()]).toEqual([index + 1, [browser.subscription.endpoint]]);
    }
    const second = await subscribeBudi('name', 'second');
    service.answer(second.path, 410);
    await write('dua');
    await until(async () => (await stored())?.[0] === undefined);
  });

  it('a subscription is written once, however often it is repeated, and moves with its browser to a new session', async () => {
    const { subscription } = await subscribeBudi();
    const revision = test.store.revision();
    await budi.post('/push/subscribe', subscription);
    expect(test.store.revision()).toBe(revision);
    const again = await logIn(test, 'budi');
    await again.post('/push/subscribe', subscription);
    expect((await stored())?.filter(Boolean)).toEqual([subscription.endpoint]);
    const devices = (await again.get('/auth/devices')).body as Device[];
    expect(devices.map((device) => Object.keys(device).sort())).toEqual(
      devices.map(() => ['createdAt', 'current', 'id', 'lastSeenAt', 'name']),
    );
  });

  it('a subscription must name a public push service and valid keys', async () => {
    const { subscription } = newBrowser();
    const wrong = [
      { ...subscription, endpoint: 'https://cipher-service:8443/seal' },
      { ...subscription, endpoint: 'https://192.168.1.1/push' },
      { ...subscription, endpoint: 'http://push.example.org/x' },
      { ...subscription, keys: { ...subscription.keys, p256dh: 'AAAA' } },
      { ...subscription, keys: { ...subscription.keys, auth: 'AAAA' } },
    ];
    for (const body of wrong) {
      const answer = await budi.post('/push/subscribe', body);
      expect([body, answer.status, answer.body.code]).toEqual([body, 400, 'INVALID_SUBSCRIPTION']);
    }
    expect(await stored()).toEqual([undefined]);
  });

  it('a test notification reports whether the push service accepted it', async () => {
    expect((await budi.post('/push/test', {})).body.code).toBe('NO_SUBSCRIPTION');
    const browser = await subscribeBudi();
    expect((await budi.post('/push/test', {})).status).toBe(200);
    expect(browser.open(service.arrived[0]?.body ?? Buffer.alloc(0))).toEqual({ type: 'test' });
    service.answer(browser.path, 500);
    expect((await budi.post('/push/test', {})).body.code).toBe('PUSH_FAILED');
    service.answer(browser.path, 404);
    expect((await budi.post('/push/test', {})).body.code).toBe('NO_SUBSCRIPTION');
    expect(await stored()).toEqual([undefined]);
  });

  it('a person who asks for more test notifications than their pace allows waits, and the push service is not blamed', async () => {
    await subscribeBudi();
    const answers = [];
    for (let n = 0; n < 30; n++) answers.push(await budi.post('/push/test', {}));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set(['TOO_MANY_REQUESTS']));
    expect(refused[0]?.headers['retry-after']).toBe('1');
  });
});

describe('a push service that fails', () => {
  it('a failing push service neither delays nor fails a message', async () => {
    const gate = Promise.withResolvers<never>();
    await test.store.close();
    test = await startApp({}, { push: { send: () => gate.promise, delay: atOnce } });
    [ani, budi] = await signUpFriends(test);
    await subscribeBudi();
    for (let n = 0; n < 20; n++) await write(`pesan ${n}`);
    gate.reject(new Error('never answered'));
  });
});
