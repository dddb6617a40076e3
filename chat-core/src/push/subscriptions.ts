import { isCurrent } from '../auth/sessions.ts';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import type { Store, StoredPush } from '../storage/store.ts';
import type { Id, PushSubscribe } from '../wire/wire.ts';
import { hostOf, isPushEndpoint, type PushHosts } from './endpoint.ts';
import { areBrowserKeys } from './vapid-key.ts';

/**
 * Stores the push subscription of the calling device, until its session ends. An unchanged one is not written again.
 * @throws ApiError INVALID_SUBSCRIPTION, UNAUTHENTICATED when the session has ended in between
 */
export async function subscribe(
  store: Store,
  hosts: PushHosts,
  caller: Caller,
  input: PushSubscribe,
): Promise<void> {
  const { endpoint, keys, preview = 'name' } = input;
  if (!isPushEndpoint(endpoint) || !hosts.isAllowed(hostOf(endpoint)) || !areBrowserKeys(keys))
    throw new ApiError('INVALID_SUBSCRIPTION');
  const push: StoredPush = { endpoint, p256dh: keys.p256dh, auth: keys.auth, preview };
  if (JSON.stringify(subscriptionOf(store, caller.userId, caller.deviceId)) === JSON.stringify(push)) return;
  await store.transact(async (tx) => {
    const now = await tx.account(caller.userId);
    if (!now || !isCurrent(now, caller, store.time.now())) throw new ApiError('UNAUTHENTICATED');
    const devices = now.devices.map((device) => {
      // A browser has one endpoint: an older session of it must not be notified twice.
      const { push: existing, ...rest } = device;
      if (device.id === caller.deviceId) return { ...rest, push };
      return existing && existing.endpoint !== endpoint ? device : rest;
    });
    await tx.saveAccount({ ...now, devices });
  });
}

/** Removes the subscription of a device; with `endpoint` only if it is this one. */
export async function unsubscribe(
  store: Store,
  { userId, deviceId }: { userId: Id; deviceId: Id },
  endpoint?: string,
): Promise<void> {
  const matches = (push: StoredPush | undefined) =>
    push && (endpoint === undefined || push.endpoint === endpoint);
  if (!matches(subscriptionOf(store, userId, deviceId))) return;
  await store.transact(async (tx) => {
    const now = await tx.account(userId);
    if (!now) return;
    const devices = now.devices.map((device) => {
      const { push, ...rest } = device;
      return device.id === deviceId && matches(push) ? rest : device;
    });
    await tx.saveAccount({ ...now, devices });
  });
}

/** The subscription of a device that is logged in. */
export function subscriptionOf(store: Store, userId: Id, deviceId: Id): StoredPush | undefined {
  return store.signedIn(userId)?.devices.find(({ id }) => id === deviceId)?.push;
}
