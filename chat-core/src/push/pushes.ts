import { createHmac } from 'node:crypto';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import type { Log } from '../log.ts';
import type { Looking } from '../presence/viewing.ts';
import type { StoredMessage, StoredPush } from '../storage/store.ts';
import type { Id, PushNotice } from '../wire/wire.ts';
import { DeferredPushes } from './deferred-pushes.ts';
import { composeNotice, type NoticeDeps, toBytes } from './payload.ts';
import type { Post, Receipt } from './push-client.ts';
import { Outgoing } from './push-queue.ts';
import { subscriptionOf, unsubscribe } from './subscriptions.ts';
import type { PushKey } from './vapid-key.ts';

/** So long a message waits for its person to read it by themselves; those of the same conversation wait with it. */
export const MOMENT_MS = 5000;
/** Conversations that wait for their moment at once; beyond, a message is told of by the page alone. */
const MAX_WAITING = 2000;
/** A push service keeps a letter for so long: who comes back later sees the page's own count. */
const TTL_S = 24 * 3600;

/** Does something after a moment, unless it is called off by what it answers. */
export type Later = (work: () => void) => () => void;

/**
 * `contact`: whom a push service's operator may ask about this box, a mailto: or https: address. `checkMs`: how often it
 * is checked who has stopped looking.
 */
export type PushParts = { key: PushKey; contact: string; post: Post; later?: Later; checkMs?: number };
type Deps = NoticeDeps & PushParts & { looking: Looking; log: Log };

/** What a push service says of a subscription that is no more. 401 and 403 may be of a clock that is wrong, here. */
const GONE = [404, 410];
const isLater = (status: number) => status === 429 || status >= 500;

/** Tells people's other devices of messages they do not see, without a part in the sending of any. */
export class Pushes {
  private readonly deps: Deps;
  private readonly outgoing = new Outgoing();
  private readonly waiting = new Map<string, () => void>();
  private readonly deferred: DeferredPushes;

  constructor(deps: Deps) {
    this.deps = deps;
    this.deferred = new DeferredPushes({
      looks: (userId) => deps.looking.looks(userId),
      deliver: (userId, conversationId) => this.deliver(userId, conversationId),
      checkMs: deps.checkMs,
    });
  }

  /** A message is stored. Costs a look into memory, and never fails. */
  told({ conversationId, receiverId }: StoredMessage): void {
    const key = `${receiverId} ${conversationId}`;
    if (this.waiting.has(key) || this.waiting.size >= MAX_WAITING) return;
    if (!this.devicesOf(receiverId).length) return;
    const callOff = (this.deps.later ?? afterMoment)(() => {
      this.waiting.delete(key);
      this.deliver(receiverId, conversationId);
    });
    this.waiting.set(key, callOff);
  }

  /** Sends the asking device a trial, and waits for it. @throws ApiError NO_SUBSCRIPTION, PUSH_FAILED */
  async test({ userId, deviceId }: Caller): Promise<void> {
    const push = subscriptionOf(this.deps.store, userId, deviceId);
    if (!push) throw new ApiError('NO_SUBSCRIPTION');
    const { status } = await this.send(push, { type: 'test' }).catch((cause: unknown) => {
      throw new ApiError('PUSH_FAILED', { cause });
    });
    if (status < 300) return;
    await this.forgetGone(userId, deviceId, push, status);
    throw new ApiError(GONE.includes(status) ? 'NO_SUBSCRIPTION' : 'PUSH_FAILED');
  }

  close(): void {
    for (const callOff of this.waiting.values()) callOff();
    this.waiting.clear();
    this.deferred.close();
    this.outgoing.close();
  }

  /** To all of a person's devices, or once they look no more. */
  private deliver(userId: Id, conversationId: Id): void {
    if (this.deps.looking.looks(userId)) {
      this.deferred.add(userId, conversationId);
      return;
    }
    for (const deviceId of this.devicesOf(userId)) {
      const attempt = () => this.attempt(userId, conversationId, deviceId);
      this.outgoing.add(`${conversationId} ${deviceId}`, attempt);
    }
  }

  private devicesOf(userId: Id): Id[] {
    const devices = this.deps.store.signedIn(userId)?.devices ?? [];
    return devices.filter(({ push }) => push).map(({ id }) => id);
  }

  /** What is told is looked up anew at each try: it may have been read, and the device be gone. */
  private async attempt(
    userId: Id,
    conversationId: Id,
    deviceId: Id,
  ): Promise<{ retryAfter: number } | undefined> {
    const push = subscriptionOf(this.deps.store, userId, deviceId);
    if (!push) return undefined;
    if (this.deps.looking.looks(userId)) {
      this.deferred.add(userId, conversationId);
      return undefined;
    }
    const notice = await composeNotice(this.deps, userId, conversationId, push.preview);
    if (!notice) return undefined;
    const { status, retryAfter } = await this.send(push, notice);
    if (status >= 300) this.deps.log.info({ status }, 'a push service refused a letter');
    await this.forgetGone(userId, deviceId, push, status);
    return isLater(status) ? { retryAfter } : undefined;
  }

  private async forgetGone(userId: Id, deviceId: Id, push: StoredPush, status: number): Promise<void> {
    if (GONE.includes(status)) await unsubscribe(this.deps.store, { userId, deviceId }, push.endpoint);
  }

  /** web-push seals for the browser (RFC 8291) and signs (RFC 8292). It takes 13 MB, so it is loaded when needed. */
  private async send({ endpoint, p256dh, auth }: StoredPush, notice: PushNotice): Promise<Receipt> {
    const { key, contact, post } = this.deps;
    const { default: webPush } = await import('web-push');
    const letter = webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, toBytes(notice), {
      vapidDetails: { subject: contact, ...key },
      TTL: TTL_S,
      // A phone that sleeps gets a "normal" one minutes later.
      urgency: 'high',
      topic: this.topicOf(notice),
      contentEncoding: 'aes128gcm',
    });
    return post({ endpoint, headers: letter.headers, body: letter.body });
  }

  /** A later letter of a conversation replaces an earlier one that still waits; the push service learns no id by it. */
  private topicOf(notice: PushNotice): string {
    const about = notice.type === 'message' ? notice.conversationId : notice.type;
    return createHmac('sha256', this.deps.key.privateKey).update(about).digest('base64url').slice(0, 32);
  }
}

function afterMoment(work: () => void): () => void {
  const timer = setTimeout(work, MOMENT_MS).unref();
  return () => clearTimeout(timer);
}
