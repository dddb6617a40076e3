import { AsyncLocalStorage } from 'node:async_hooks';
import type { SharedDatabase } from './shared-database.ts';

/** Whether a transaction of the request that runs has ended: all that it had read was confirmed with it. */
const requests = new AsyncLocalStorage<{ isConfirmed: boolean }>();

/**
 * Runs a request, and then confirms what it has read, unless a transaction of its own has done so: what it acknowledges may be what an
 * earlier request has stored, at another core too, and that may be lost with the server of the database.
 * @throws ApiError STORAGE_UNAVAILABLE
 */
export async function confirming<T>(
  confirm: NonNullable<SharedDatabase['confirm']>,
  work: () => Promise<T> | undefined,
): Promise<T | undefined> {
  const request = { isConfirmed: false };
  const result = await requests.run(request, work);
  if (!request.isConfirmed) await confirm();
  return result;
}

/** Records for the request that runs that a transaction of it has ended. */
export function recordConfirmed(): void {
  const request = requests.getStore();
  if (request) request.isConfirmed = true;
}
