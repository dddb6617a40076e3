import { createHmac } from 'node:crypto';
import type { SecurityLog } from '../audit/security-log.ts';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import { mutedAt } from '../people/muting.ts';
import type { Presence } from '../presence/presence.ts';
import type { SignedIn, StoredMessage, StoredPush } from '../storage/store.ts';
import type { Id, PushAlert, PushPayload } from '../wire/wire.ts';
import { DeferredPushes } from './deferred-pushes.ts';
import { hostOf, type PushHosts } from './endpoint.ts';
import { scheduleOrphans } from './orphans.ts';
import { buildPayload, encodePayload, type PayloadDeps } from './payload.ts';
import type { PushResponse, SendPush } from './push-client.ts';
import { type Outcome, PushQueue, type PushKey as QueuedPush } from './push-queue.ts';
import { PushSlots } from './push-slots.ts';
import { subscriptionOf, unsubscribe } from './subscriptions.ts';
import type { PushKey } from './vapid-key.ts';

/** Time a recipient has to read a message before it is pushed; further messages of the conversation join that push. */
export const PUSH_DELAY_MS = 5000;
/** Conversations within their delay; beyond, the delay of the oldest ends early. */
const MAX_PENDING = 2000;
/** How long a push service holds a push for a device that is off; after that, the page shows its own count. */
const TTL_S = 24 * 3600;
/** Seconds after which a test notification may be repeated that found no free slot. */
const TEST_RETRY_S = 5;

/** Runs `work` after the delay; the result cancels it. */
export type Delay = (work: () => void) => () => void;

/**
 * `contact`: a mailto: or https: address for the operators of push services. `checkMs`: interval at which deferred pushes
 * are checked.
 */
export type PushOptions = { key: PushKey; contact: string; send: SendPush; delay?: Delay; checkMs?: number };
type Deps = PayloadDeps &
  PushOptions & {
    hosts: PushHosts;
    presence: Pick<Presence, 'isViewing'>;
    securityLog: Pick<SecurityLog, 'record'>;
  };

/** What became of an attempt: taken by the push service, refused by it, ended there, or not answered. */
export type PushOutcome = 'accepted' | 'refused' | 'ended' | 'unanswered';

/** Whom to push to, up to which message, what cancels the delay, and what ends it. */
type Pending = { receivers: Set<Id>; seq: number; cancel: () => void; end: () => void };

/** Statuses of a subscription that has ended. 401 and 403 may mean that our clock is wrong. */
const GONE = [404, 410];
const isRetryable = (status: number) => status === 429 || status >= 500;

/** Notifies devices of messages that their people are not viewing. Sending a message never waits for it. */
export class Pushes {
  readonly hosts: PushHosts;
  /** How many attempts since the start had which outcome. */
  readonly outcomes: Record<PushOutcome, number> = { accepted: 0, refused: 0, ended: 0, unanswered: 0 };
  private readonly deps: Deps;
  private readonly slots: PushSlots;
  private readonly queue: PushQueue;
  /** Conversations within their delay, the oldest first. */
  private readonly pending = new Map<Id, Pending>();
  private readonly deferred: DeferredPushes;

  constructor(deps: Deps) {
    this.deps = deps;
    this.hosts = deps.hosts;
    const onHostChange = (host: string, isAnswering: boolean) =>
      deps.securityLog.record(isAnswering ? 'push-service-answers' : 'push-service-silent', { host });
    this.slots = new PushSlots({ isKnown: deps.hosts.isKnown, onHostChange });
    this.queue = new PushQueue(this.slots);
    this.deferred = new DeferredPushes({
      isViewing: (userId) => deps.presence.isViewing(userId),
      deliver: (userId, conversationId) => this.deliver(userId, conversationId),
      checkMs: deps.checkMs,
    });
    scheduleOrphans(deps.store, (row, members) => this.schedule(row, members));
  }

  /**
   * Schedules the pushes of a stored message to the other members of its conversation who did not block its author or mute
   * it. In memory, cheap, and never throws.
   */
  schedule(row: StoredMessage, members: readonly Id[]): void {
    const { conversationId, senderId, seq } = row;
    const pending = this.pending.get(conversationId);
    const known = pending?.receivers;
    const now = this.deps.clock();
    const receivers = members.filter((id) => {
      if (id === senderId || known?.has(id)) return false;
      const account = this.deps.store.signedIn(id);
      return account && isNotified(id, account, row, now) && account.devices.some(({ push }) => push);
    });
    if (pending) {
      for (const id of receivers) pending.receivers.add(id);
      pending.seq = Math.max(pending.seq, seq);
    } else if (receivers.length > 0) this.scheduleFor(conversationId, new Set(receivers), seq);
  }

  private scheduleFor(conversationId: Id, receivers: Set<Id>, upTo: number): void {
    const end = () => {
      const { seq = upTo } = this.pending.get(conversationId) ?? {};
      this.pending.delete(conversationId);
      this.deps.store.signals?.send({ kind: 'pushed', conversationId, seq });
      for (const id of receivers) this.deliver(id, conversationId);
    };
    const cancel = (this.deps.delay ?? afterDelay)(end);
    this.pending.set(conversationId, { receivers, seq: upTo, cancel, end });
    if (this.pending.size <= MAX_PENDING) return;
    const [oldest] = this.pending.values();
    oldest?.cancel();
    oldest?.end();
  }

  /**
   * Sends a test notification to the calling device, if its account and its push service have a free slot.
   * @throws ApiError NO_SUBSCRIPTION, PUSH_FAILED, OVERLOADED, TOO_MANY_REQUESTS beyond the pace of the account
   */
  async test({ userId, deviceId }: Caller): Promise<void> {
    const subscription = this.subscriptionOf(userId, deviceId);
    if (!subscription) throw new ApiError('NO_SUBSCRIPTION');
    const host = hostOf(subscription.endpoint);
    const paceMs = this.slots.paceMs(userId);
    if (paceMs > 0) throw new ApiError('TOO_MANY_REQUESTS', { retryAfter: Math.ceil(paceMs / 1000) });
    const waitMs = this.slots.waitMs(userId, host);
    if (waitMs === Number.POSITIVE_INFINITY) throw new ApiError('OVERLOADED', { retryAfter: TEST_RETRY_S });
    if (waitMs > 0) throw new ApiError('PUSH_FAILED', { retryAfter: Math.ceil(waitMs / 1000) });
    const end = this.slots.start(userId, host);
    const { status } = await this.send(subscription, { type: 'test' }).catch((cause: unknown) => {
      end(false);
      throw new ApiError('PUSH_FAILED', { cause });
    });
    end(true);
    if (status < 300) return;
    await this.removeIfGone(userId, deviceId, subscription, status);
    throw new ApiError(GONE.includes(status) ? 'NO_SUBSCRIPTION' : 'PUSH_FAILED');
  }

  /** Queues an alert for each device of an owner, also while they view the page. In memory, cheap, and never throws. */
  alert(accountId: Id, payload: PushAlert): void {
    for (const { id: deviceId, push } of this.deps.store.signedIn(accountId)?.devices ?? []) {
      if (!push || !this.hosts.isAllowed(hostOf(push.endpoint))) continue;
      const key = {
        accountId,
        conversationId: topicOf(payload),
        deviceId,
        host: hostOf(push.endpoint),
      };
      this.queue.add(key, () => this.attemptAlert(key, payload));
    }
  }

  private async attemptAlert(
    { accountId, deviceId, host }: QueuedPush,
    payload: PushAlert,
  ): Promise<Outcome> {
    const subscription = this.subscriptionOf(accountId, deviceId);
    if (!subscription || hostOf(subscription.endpoint) !== host) return {};
    const response = await this.send(subscription, payload).catch(() => undefined);
    if (!response) return { hasAnswered: false, retryAfter: 0 };
    // The alert may be that nothing can be stored.
    await this.removeIfGone(accountId, deviceId, subscription, response.status).catch(() => {});
    const { status, retryAfter } = response;
    return { hasAnswered: true, ...(isRetryable(status) && { retryAfter }) };
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
    for (const { id, push } of this.deps.store.signedIn(userId)?.devices ?? [])
      if (push) this.queueFor(userId, conversationId, id);
  }

  private queueFor(accountId: Id, conversationId: Id, deviceId: Id): void {
    const endpoint = this.subscriptionOf(accountId, deviceId)?.endpoint;
    if (endpoint === undefined) return;
    const key = { accountId, conversationId, deviceId, host: hostOf(endpoint) };
    this.queue.add(key, () => this.attempt(key));
  }

  /** The subscription of a device, unless its push service is none to which the box may send. */
  private subscriptionOf(userId: Id, deviceId: Id): StoredPush | undefined {
    const subscription = subscriptionOf(this.deps.store, userId, deviceId);
    return subscription && this.hosts.isAllowed(hostOf(subscription.endpoint)) ? subscription : undefined;
  }

  /** Builds the payload anew at each attempt: the messages may have been read, and the device be gone. */
  private async attempt({ accountId, conversationId, deviceId, host }: QueuedPush): Promise<Outcome> {
    const subscription = this.subscriptionOf(accountId, deviceId);
    if (!subscription) return {};
    if (hostOf(subscription.endpoint) !== host) {
      this.queueFor(accountId, conversationId, deviceId);
      return {};
    }
    if (this.deps.presence.isViewing(accountId)) {
      this.deferred.add(accountId, conversationId);
      return {};
    }
    const payload = await buildPayload(this.deps, accountId, conversationId, subscription.preview);
    if (!payload) return {};
    const response = await this.send(subscription, payload).catch(() => undefined);
    if (!response) return { hasAnswered: false, retryAfter: 0 };
    const { status, retryAfter } = response;
    if (status >= 300) this.deps.securityLog.record('push-refused', { host, code: `HTTP ${status}` });
    await this.removeIfGone(accountId, deviceId, subscription, status);
    return { hasAnswered: true, ...(isRetryable(status) && { retryAfter }) };
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
    return send({ endpoint, headers, body }).then(
      (response) => {
        this.outcomes[outcomeOf(response)] += 1;
        return response;
      },
      (error) => {
        this.outcomes.unanswered += 1;
        throw error;
      },
    );
  }

  /** A new push of a topic replaces one that the push service still holds. The hash hides the id from it. */
  private topicOf(payload: PushPayload): string {
    return createHmac('sha256', this.deps.key.privateKey)
      .update(topicOf(payload))
      .digest('base64url')
      .slice(0, 32);
  }
}

/** What a push is about. */
function topicOf(payload: PushPayload): string {
  if (payload.type === 'message') return payload.conversationId;
  return payload.type === 'alert' ? `alert ${payload.code}` : payload.type;
}

function outcomeOf({ status }: PushResponse): PushOutcome {
  if (status < 300) return 'accepted';
  return GONE.includes(status) ? 'ended' : 'refused';
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
