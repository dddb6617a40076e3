import { z } from 'zod';
import type { Cipher } from './cipher/cipher.ts';
import { ApiError } from './errors.ts';
import { type Route, route } from './http/route.ts';
import type { Store } from './storage/store.ts';
import { isReadOnly } from './watching/figures/system-figures.ts';

/** How long a result is cached, in milliseconds: anyone may request it, which must cost nothing. */
const CACHE_MS = 1000;

/**
 * Liveness and readiness: whether the process responds, and whether messages can be sealed and stored. A process that `isStopping`
 * is not ready, so that a load balancer sends nothing to it any more, but answers what comes.
 */
export function healthRoutes(
  cipher: Pick<Cipher, 'isUp'>,
  store: Pick<Store, 'isWritable' | 'isFull'>,
  dataDir: string,
  isStopping: () => boolean = () => false,
): Route[] {
  let checkedAt = Number.NEGATIVE_INFINITY;
  let fault: Promise<string | undefined> = Promise.resolve(undefined);
  const findFault = async () => {
    const [isUp, isWritable, isLocked] = await Promise.all([
      cipher.isUp(),
      store.isWritable(),
      isReadOnly(dataDir),
    ]);
    if (!isUp) return 'messages cannot be sealed';
    if (isLocked) return 'the disk is read-only';
    if (isWritable) return undefined;
    return store.isFull() ? 'the disk is full' : 'nothing can be written';
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
        if (isStopping())
          throw new ApiError('NOT_READY', { retryAfter: 2, cause: new Error('this process is stopping') });
        if (performance.now() - checkedAt > CACHE_MS) {
          checkedAt = performance.now();
          fault = findFault();
        }
        const cause = await fault;
        if (cause !== undefined) throw new ApiError('NOT_READY', { retryAfter: 2, cause: new Error(cause) });
        return { status: 'ready' as const };
      },
    }),
  ];
}
