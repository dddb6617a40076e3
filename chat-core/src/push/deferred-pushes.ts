import type { Id } from '../wire/wire.ts';

/** Accounts with deferred pushes; beyond, the longest waiting is dropped. */
const MAX_ACCOUNTS = 2000;
/** Conversations of one account; beyond, the oldest is dropped. */
const MAX_CONVERSATIONS = 20;
export const CHECK_INTERVAL_MS = 2000;

type Deps = {
  isViewing: (userId: Id) => boolean;
  /** Called once for each conversation when its person is no longer viewing the page. */
  deliver: (userId: Id, conversationId: Id) => void;
  checkMs?: number | undefined;
};

/**
 * Conversations with new messages whose person was viewing the page: their pushes are delivered when the person stops
 * viewing. In memory only, with a timer only while there are any; a restart forgets them, and the next message of such
 * a conversation counts them again.
 */
export class DeferredPushes {
  private readonly deps: Deps;
  private readonly deferred = new Map<Id, Set<Id>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  get size(): number {
    return this.deferred.size;
  }

  add(userId: Id, conversationId: Id): void {
    const conversations = this.deferred.get(userId) ?? new Set();
    conversations.delete(conversationId);
    conversations.add(conversationId);
    if (conversations.size > MAX_CONVERSATIONS) dropOldest(conversations);
    this.deferred.set(userId, conversations);
    if (this.deferred.size > MAX_ACCOUNTS) dropOldest(this.deferred);
    this.timer ??= setInterval(() => this.check(), this.deps.checkMs ?? CHECK_INTERVAL_MS).unref();
  }

  /** Delivers the pushes of everyone who is no longer viewing. */
  check(): void {
    for (const [userId, conversations] of this.deferred) {
      if (this.deps.isViewing(userId)) continue;
      this.deferred.delete(userId);
      for (const conversationId of conversations) this.deps.deliver(userId, conversationId);
    }
    if (this.deferred.size === 0) this.close();
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.deferred.clear();
  }
}

function dropOldest(of: Map<Id, unknown> | Set<Id>): void {
  const [oldest] = of.keys();
  if (oldest !== undefined) of.delete(oldest);
}
