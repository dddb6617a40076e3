import { z } from 'zod';
import type { Cipher } from './cipher/cipher.ts';
import { ApiError } from './errors.ts';
import { type Route, route } from './http/route.ts';
import type { Store } from './storage/store.ts';

/** How long an answer of cipher-service and of the disk counts, in milliseconds: strangers may ask, and must cost nothing. */
const REMEMBERED_MS = 1000;

/** Whether the process lives, and whether it can do its work. */
export function healthRoutes(cipher: Pick<Cipher, 'isUp'>, store: Pick<Store, 'isWritable'>): Route[] {
  let asked = Number.NEGATIVE_INFINITY;
  let fault: Promise<string | undefined> = Promise.resolve(undefined);
  const faultNow = async () => {
    const [isUp, isWritable] = await Promise.all([cipher.isUp(), store.isWritable()]);
    if (!isUp) return 'messages cannot be sealed';
    return isWritable ? undefined : 'nothing can be written';
  };
  return [
    route({
      method: 'get',
      path: '/health/live',
      summary: 'Whether the process answers',
      who: 'anyone',
      unlimited: true,
      answer: z.strictObject({ status: z.literal('live') }),
      errors: [],
      handle: async () => ({ status: 'live' as const }),
    }),
    route({
      method: 'get',
      path: '/health/ready',
      summary: 'Whether messages can be sent and read',
      who: 'anyone',
      unlimited: true,
      answer: z.strictObject({ status: z.literal('ready') }),
      errors: ['NOT_READY'],
      handle: async () => {
        if (performance.now() - asked > REMEMBERED_MS) {
          asked = performance.now();
          fault = faultNow();
        }
        const cause = await fault;
        if (cause !== undefined) throw new ApiError('NOT_READY', { retryAfter: 2, cause: new Error(cause) });
        return { status: 'ready' as const };
      },
    }),
  ];
}
