import { z } from 'zod';
import { type Route, route } from '../http/route.ts';
import type { Store } from '../storage/store.ts';
import { Done } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { PushKeyAnswer, PushSubscribe } from '../wire/push.ts';
import type { Pushes } from './pushes.ts';
import { subscribe, unsubscribe } from './subscriptions.ts';

/** Web Push: notifications of a device while its page is closed. */
export function pushRoutes(store: Store, pushes: Pushes, publicKey: string): Route[] {
  return [
    route({
      method: 'get',
      path: '/push/key',
      summary: 'The key a browser subscribes with (VAPID, RFC 8292)',
      who: 'user',
      priority: 'low',
      answer: PushKeyAnswer,
      errors: [],
      handle: async () => ({ key: publicKey }),
    }),
    route({
      method: 'post',
      path: '/push/subscribe',
      summary: 'Subscribe this device to Web Push until its session ends; repeatable',
      who: 'user',
      priority: 'low',
      rate: 'pushes',
      body: PushSubscribe,
      answer: Done,
      errors: ['INVALID_SUBSCRIPTION', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: EXAMPLE.push,
      handle: async ({ caller, body }) => {
        await subscribe(store, pushes.hosts, caller, body);
        return { message: 'This device will be notified.' };
      },
    }),
    route({
      method: 'post',
      path: '/push/test',
      worksWhenFull: true,
      summary: 'Send this device a test notification',
      who: 'user',
      priority: 'lowest',
      rate: 'pushes',
      body: z.strictObject({}),
      answer: Done,
      errors: ['NO_SUBSCRIPTION', 'PUSH_FAILED'],
      example: {},
      handle: async (call) => {
        await call.hold(pushes.test(call.caller));
        return { message: 'The push service took it.' };
      },
    }),
    route({
      method: 'post',
      path: '/push/unsubscribe',
      worksWhenFull: true,
      summary: 'Unsubscribe this device from Web Push',
      who: 'user',
      priority: 'low',
      body: z.strictObject({}),
      answer: Done,
      errors: ['STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: {},
      handle: async ({ caller }) => {
        await unsubscribe(store, caller);
        return { message: 'This device will not be notified any more.' };
      },
    }),
  ];
}
