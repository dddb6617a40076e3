import { createHmac } from 'node:crypto';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import type { Log } from '../log.ts';
import { mutedAt } from '../people/muting.ts';
import type { Presence } from '../presence/presence.ts';
import type { SignedIn, StoredMessage, StoredPush } from '../storage/store.ts';
import type { Id, PushPayload } from '../wire/wire.ts';
import { DeferredPushes } from './deferred-pushes.ts';
import { buildPayload, encodePayload, type PayloadDeps } from './payload.ts';
import type { PushResponse, SendPush } from './push-client.ts';
import { PushQueue } from './push-queue.ts';
import { subscriptionOf, unsubscribe } from './subscriptions.ts';
import type { PushKey } from './vapid-key.ts';

/** Time a recipient has to read a message before it is pushed; further messages of the conversation join that push. */
export const PUSH_DELAY_MS = 5000;
/** Conversations within their delay; beyond, a new message is not pushed and only the page shows it. */
const MAX_PENDING = 2000;
/** How long a push service holds a push for a device that is off; after that, the page shows its own count. */
const TTL_S = 24 * 3600;

/** Runs `work` after the delay; the result cancels it. */
export type Delay = (work: () => void) => () => void;

/**
 * `contact`: a mailto: or https: address for the operators of push services. `checkMs`: interval at which deferred pushes
 * are checked.
 */
export type PushOptions = { key: PushKey; contact: string; send: SendPush; delay?: Delay; checkMs?: number };
type Deps = PayloadDeps & PushOptions & { presence: Pick<Presence, 'isViewing'>; log: Log };

/** Statuses of a subscription that has ended. 401 and 403 may mean that our clock is wrong. */
const GONE = [404, 410];
const isRetryable = (status: number) => status === 429 || status >= 500;

/** Notifies devices of messages that their people are not viewing. Sending a message never waits for it. */
export class Pushes {
  private readonly deps: Deps;
  private readonly queue = new PushQueue();
  /** Conversations within their delay: whom to push to, and what cancels it. */
  private readonly pending = new Map<Id, { receivers: Set<Id>; cancel: () => void }>();
  private readonly deferred: DeferredPushes;

  constructor(deps: Deps) {
    this.deps = deps;
    this.deferred = new DeferredPushes({
      isViewing: (userId) => deps.presence.isViewing(userId),
      deliver: (userId, conversationId) => this.deliver(userId, conversationId),
      checkMs: deps.checkMs,
    });
  }

  /**
   * Schedules the pushes of a stored message to the other members of its conversation who did not block its author or mute
   * it. In memory, cheap, and never throws.
   */
  schedule(row: StoredMessage, members: readonly Id[]): void {
    const { conversationId, senderId } = row;
    const known = this.pending.get(conversationId)?.receivers;
    if (!known && this.pending.size >= MAX_PENDING) return;
    const now = this.deps.clock();
    const receivers = members.filter((id) => {
      if (id === senderId || known?.has(id)) return false;
      const account = this.deps.store.signedIn(id);
      return account && isNotified(id, account, row, now) && this.devicesOf(id).length > 0;
    });
    if (known) for (const id of receivers) known.add(id);
    else if (receivers.length > 0) this.scheduleFor(conversationId, new Set(receivers));
  }

  private scheduleFor(conversationId: Id, receivers: Set<Id>): void {
    const cancel = (this.deps.delay ?? afterDelay)(() => {
      this.pending.delete(conversationId);
      for (const id of receivers) this.deliver(id, conversationId);
    });
    this.pending.set(conversationId, { receivers, cancel });
  }

  /** Sends a test notification to the calling device and waits for it. @throws ApiError NO_SUBSCRIPTION, PUSH_FAILED */
  async test({ userId, deviceId }: Caller): Promise<void> {
    const subscription = subscriptionOf(this.deps.store, userId, deviceId);
    if (!subscription) throw new ApiError('NO_SUBSCRIPTION');
    const { status } = await this.send(subscription, { type: 'test' }).catch((cause: unknown) => {
      throw new ApiError('PUSH_FAILED', { cause });
    });
    if (status < 300) return;
    await this.removeIfGone(userId, deviceId, subscription, status);
    throw new ApiError(GONE.includes(status) ? 'NO_SUBSCRIPTION' : 'PUSH_FAILED');
  }

  close(): void {
    for (const { cancel } of this.pending.values()) cancel();
    this.pending.clear();
    this.deferred.close();
    this.queue.close();
  }

  /** Queues a push for each device of a person, or defers it while they are viewing the page. */
  private deliver(userId: Id, conversationId: Id): void {
    if (this.deps.presence.isViewing(userId)) {
      this.deferred.add(userId, conversationId);
      return;
    }
    for (const deviceId of this.devicesOf(userId)) {
      const attempt = () => this.attempt(userId, conversationId, deviceId);
      this.queue.add({ conversationId, deviceId }, attempt);
    }
  }

  private devicesOf(userId: Id): Id[] {
    const devices = this.deps.store.signedIn(userId)?.devices ?? [];
    return devices.filter(({ push }) => push).map(({ id }) => id);
  }

  /** Builds the payload anew at each attempt: the messages may have been read, and the device be gone. */
  private async attempt(
    userId: Id,
    conversationId: Id,
    deviceId: Id,
  ): Promise<{ retryAfter: number } | undefined> {
    const subscription = subscriptionOf(this.deps.store, userId, deviceId);
    if (!subscription) return undefined;
    if (this.deps.presence.isViewing(userId)) {
      this.deferred.add(userId, conversationId);
      return undefined;
    }
    const payload = await buildPayload(this.deps, userId, conversationId, subscription.preview);
    if (!payload) return undefined;
    const { status, retryAfter } = await this.send(subscription, payload);
    if (status >= 300) this.deps.log.info({ status }, 'a push service refused a push');
    await this.removeIfGone(userId, deviceId, subscription, status);
    return isRetryable(status) ? { retryAfter } : undefined;
  }

  private async removeIfGone(
    userId: Id,
    deviceId: Id,
    subscription: StoredPush,
    status: number,
  ): Promise<void> {
    if (GONE.includes(status))
      await unsubscribe(this.deps.store, { userId, deviceId }, subscription.endpoint);
  }

  /** web-push encrypts (RFC 8291) and signs (RFC 8292). It takes 13 MB of memory, so it is loaded when needed. */
  private async send({ endpoint, p256dh, auth }: StoredPush, payload: PushPayload): Promise<PushResponse> {
    const { key, contact, send } = this.deps;
    const { default: webPush } = await import('web-push');
    const { headers, body } = webPush.generateRequestDetails(
      { endpoint, keys: { p256dh, auth } },
      encodePayload(payload),
      {
        vapidDetails: { subject: contact, ...key },
        TTL: TTL_S,
        // A sleeping phone would get a push of urgency "normal" only after minutes.
        urgency: 'high',
        topic: this.topicOf(payload),
        contentEncoding: 'aes128gcm',
      },
    );
    return send({ endpoint, headers, body });
  }

  /** A new push of a topic replaces one that the push service still holds. The hash hides the id from it. */
  private topicOf(payload: PushPayload): string {
    const subject = payload.type === 'message' ? payload.conversationId : payload.type;
    return createHmac('sha256', this.deps.key.privateKey).update(subject).digest('base64url').slice(0, 32);
  }
}

/** Whether a message notifies a person: of one in a muted group only a mention does, of a person they blocked nothing. */
function isNotified(
  id: Id,
  account: SignedIn,
  { conversationId, senderId, mentions }: StoredMessage,
  now: number,
): boolean {
  if (account.blocked?.includes(senderId)) return false;
  const muted = mutedAt(account, conversationId, now);
  return muted === 'nothing' || (muted === 'all but mentions' && (mentions?.includes(id) ?? false));
}

function afterDelay(work: () => void): () => void {
  const timer = setTimeout(work, PUSH_DELAY_MS).unref();
  return () => clearTimeout(timer);
}
