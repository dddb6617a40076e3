import type { Id } from '../wire/wire.ts';

/** Accounts at once; beyond, the longest waiting is given up. */
const MAX_ACCOUNTS = 2000;
/** Conversations of one account; the latest are kept. */
const MAX_CONVERSATIONS = 20;
/** How often it is checked who has stopped looking. */
export const CHECK_MS = 2000;

type Parts = {
  looks: (userId: Id) => boolean;
  /** Called once for each conversation whose person has stopped looking. */
  deliver: (userId: Id, conversationId: Id) => void;
  checkMs?: number | undefined;
};

/**
 * Conversations in which something came while their person looked at a page: they are told of when nobody looks any
 * more. Memory only, a timer only while there are any; a restart forgets them, and the next message in such a
 * conversation counts them again.
 */
export class DeferredPushes {
  private readonly parts: Parts;
  private readonly waiting = new Map<Id, Set<Id>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  get size(): number {
    return this.waiting.size;
  }

  add(userId: Id, conversationId: Id): void {
    const conversations = this.waiting.get(userId) ?? new Set();
    conversations.delete(conversationId);
    conversations.add(conversationId);
    if (conversations.size > MAX_CONVERSATIONS) dropOldest(conversations);
    this.waiting.set(userId, conversations);
    if (this.waiting.size > MAX_ACCOUNTS) dropOldest(this.waiting);
    this.timer ??= setInterval(() => this.check(), this.parts.checkMs ?? CHECK_MS).unref();
  }

  /** Delivers what waits for people who look no more. */
  check(): void {
    for (const [userId, conversations] of this.waiting) {
      if (this.parts.looks(userId)) continue;
      this.waiting.delete(userId);
      for (const conversationId of conversations) this.parts.deliver(userId, conversationId);
    }
    if (this.waiting.size === 0) this.close();
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.waiting.clear();
  }
}

function dropOldest(of: Map<Id, unknown> | Set<Id>): void {
  const [oldest] = of.keys();
  if (oldest !== undefined) of.delete(oldest);
}
