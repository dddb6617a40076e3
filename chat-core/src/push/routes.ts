import { z } from 'zod';
import { type Route, route } from '../http/route.ts';
import type { Store } from '../storage/store.ts';
import { Done, EXAMPLE } from '../wire/schemas.ts';
import type { PushKeyAnswer, PushSubscribe } from '../wire/wire.ts';
import type { Pushes } from './pushes.ts';
import { subscribe, unsubscribe } from './subscriptions.ts';

const Subscription: z.ZodType<PushSubscribe> = z.strictObject({
  endpoint: z.string().max(2048).meta({ format: 'uri', example: EXAMPLE.push.endpoint }),
  keys: z.strictObject({
    p256dh: z.string().max(256).meta({ format: 'code', example: EXAMPLE.push.keys.p256dh }),
    auth: z.string().max(64).meta({ format: 'code', example: EXAMPLE.push.keys.auth }),
  }),
  preview: z
    .enum(['full', 'name', 'none'])
    .exactOptional()
    .meta({ description: 'how much of a message a notification shows; `name` unless said' }),
});

/** Web Push: how a device is reached while its page is closed. */
export function pushRoutes(store: Store, pushes: Pushes, publicKey: string): Route[] {
  return [
    route({
      method: 'get',
      path: '/push/key',
      summary: 'The key a browser subscribes with (VAPID, RFC 8292)',
      who: 'user',
      priority: 'low',
      answer: z.strictObject({ key: z.string() }) satisfies z.ZodType<PushKeyAnswer>,
      errors: [],
      handle: async () => ({ key: publicKey }),
    }),
    route({
      method: 'post',
      path: '/push/subscribe',
      summary: 'Reach this device by Web Push until its session ends; repeatable',
      who: 'user',
      priority: 'low',
      rate: 'pushes',
      body: Subscription,
      answer: Done,
      errors: ['INVALID_SUBSCRIPTION', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: EXAMPLE.push,
      handle: async ({ caller, body }) => {
        await subscribe(store, caller, body);
        return { message: 'This device will be told.' };
      },
    }),
    route({
      method: 'post',
      path: '/push/test',
      summary: 'Send this device a notification to try it',
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
      summary: 'Reach this device by Web Push no more',
      who: 'user',
      priority: 'low',
      body: z.strictObject({}),
      answer: Done,
      errors: ['STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: {},
      handle: async ({ caller }) => {
        await unsubscribe(store, caller);
        return { message: 'This device will not be told any more.' };
      },
    }),
  ];
}
