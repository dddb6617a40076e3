import { expect, test, vi } from 'vitest';
import { ApiError } from '../api/api-error.ts';
import { memoryKeyValueStore } from '../key-value-store.ts';
import { createPush, forgetSubscription } from './push.ts';

const KEY = 'AQIDBA';
const KEYS = { p256dh: 'point', auth: 'secret' };

/** A browser with its push service, and a server. */
function openBrowser(
  from: { permission?: NotificationPermission; answer?: NotificationPermission; stored?: string } = {},
) {
  const { permission = 'granted', answer = permission, stored = '' } = from;
  const world = {
    permission,
    subscription: undefined as ReturnType<typeof subscriptionOf> | undefined,
    refuses: false,
  };
  let count = 0;
  const subscriptionOf = (key: Uint8Array) => ({
    options: { applicationServerKey: key.slice().buffer },
    unsubscribe: vi.fn(async () => {
      world.subscription = undefined;
      return true;
    }),
    toJSON: () => ({ endpoint: `https://push.example.org/${count}`, keys: KEYS }),
  });
  const manager = {
    getSubscription: async () => world.subscription ?? null,
    async subscribe({ applicationServerKey }: { applicationServerKey: Uint8Array }) {
      if (world.refuses) throw new DOMException('no push service', 'AbortError');
      count += 1;
      world.subscription = subscriptionOf(applicationServerKey);
      return world.subscription;
    },
  } as unknown as PushManager;
  const api = {
    pushKey: vi.fn(async () => ({ key: KEY })),
    pushSubscribe: vi.fn(async (_input: unknown) => ({})),
    pushUnsubscribe: vi.fn(async () => ({})),
    pushTest: vi.fn(async () => ({})),
  };
  const keyValueStore = memoryKeyValueStore();
  if (stored) keyValueStore.setItem('push', stored);
  const browser = {
    isSecure: true,
    manager: async () => manager,
    permission: () => world.permission,
    ask: async () => {
      world.permission = answer;
      return answer;
    },
  };
  const onChange = vi.fn();
  const push = createPush({ browser, api, keyValueStore, key: 'push', onChange });
  return { world, api, keyValueStore, browser, push, onChange, subscriptionOf };
}

test('pushes are off until the person enables them, and show names alone by default', async () => {
  const { push, api, world, keyValueStore } = openBrowser({ permission: 'default', answer: 'granted' });
  expect(push.state()).toBe('off');
  await push.check();
  expect([api.pushKey.mock.calls.length, world.permission]).toEqual([0, 'default']);
  expect(await push.enable()).toBe('on');
  const input = { endpoint: 'https://push.example.org/1', keys: KEYS, preview: 'name' };
  expect(api.pushSubscribe.mock.calls).toEqual([[input]]);
  await push.enable('none');
  expect(api.pushSubscribe.mock.lastCall).toEqual([{ ...input, preview: 'none' }]);
  expect([push.preview(), keyValueStore.getItem('push')]).toEqual(['none', 'none']);
});

test('a refused permission is denied, and a dismissed prompt leaves pushes off', async () => {
  const refused = openBrowser({ permission: 'default', answer: 'denied' });
  expect(await refused.push.enable()).toBe('denied');
  const closed = openBrowser({ permission: 'default', answer: 'default' });
  expect(await closed.push.enable()).toBe('off');
  for (const { api } of [refused, closed]) expect(api.pushSubscribe).not.toHaveBeenCalled();
});

test('at each start the subscription is confirmed, and created again where the browser or the server has lost it', async () => {
  const { push, api, world, subscriptionOf } = openBrowser({ stored: 'full' });
  await push.check();
  expect(api.pushSubscribe.mock.lastCall?.[0]).toMatchObject({ preview: 'full' });
  const first = world.subscription;
  await push.check();
  expect(world.subscription).toBe(first);
  expect(api.pushSubscribe).toHaveBeenCalledTimes(2);

  // A server with another key, as after a new installation.
  const foreign = subscriptionOf(new Uint8Array([9]));
  world.subscription = foreign;
  await push.check();
  expect(foreign.unsubscribe).toHaveBeenCalledOnce();
  expect([...new Uint8Array(world.subscription?.options.applicationServerKey ?? [])]).toEqual([1, 2, 3, 4]);
});

test('a subscription that the browser does not renew is lost, and a server that does not answer changes nothing', async () => {
  const { push, world, api, onChange } = openBrowser({ stored: 'name' });
  api.pushKey.mockRejectedValueOnce(new ApiError('NETWORK'));
  await push.check();
  expect(push.state()).toBe('on');
  world.refuses = true;
  await push.check();
  expect(push.state()).toBe('lost');
  expect(onChange).toHaveBeenCalledOnce();
  world.refuses = false;
  expect(await push.enable()).toBe('on');
  world.permission = 'default';
  expect(push.state()).toBe('lost');
});

test('disabling removes the subscription in the browser even when the server is unreachable', async () => {
  const { push, world, api, keyValueStore } = openBrowser({ stored: 'name' });
  await push.check();
  api.pushUnsubscribe.mockRejectedValueOnce(new ApiError('NETWORK'));
  await expect(push.disable()).rejects.toThrow('NETWORK');
  expect([push.state(), world.subscription, keyValueStore.getItem('push')]).toEqual(['off', undefined, null]);
});

test('a logout removes the subscription', async () => {
  const { push, world, browser } = openBrowser({ stored: 'name' });
  await push.check();
  await forgetSubscription(browser.manager);
  expect(world.subscription).toBeUndefined();
  await forgetSubscription(undefined);
});

test('the state shows what the browser does not support or allow', () => {
  const { browser, api, keyValueStore, onChange } = openBrowser();
  const stateOf = (more: object) =>
    createPush({ browser: { ...browser, ...more }, api, keyValueStore, key: 'push', onChange }).state();
  expect(stateOf({ isSecure: false })).toBe('insecure');
  expect(stateOf({ manager: undefined })).toBe('absent');
  expect(stateOf({ permission: () => 'denied' })).toBe('denied');
});
