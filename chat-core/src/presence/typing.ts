import { requireWriter } from '../conversations/membership.ts';
import { isShown, isShownInGroup } from '../people/privacy.ts';
import type { Conversation, Store } from '../storage/store.ts';
import type { EphemeralChanges } from '../sync/ephemeral.ts';
import type { Id, Typing as Status } from '../wire/wire.ts';

/** How long "is typing" holds unless it is repeated, and how often others are notified. */
const DURATION_MS = 5000;
const MIN_INTERVAL_MS = 3000;
/** Entries in memory; beyond, the oldest are dropped. */
const MAX_ENTRIES = 4096;

/** One person typing in one conversation; `viewers` were notified of it with change `n`. Monotonic milliseconds. */
type Entry = {
  conversationId: Id;
  userId: Id;
  until: number;
  notifyAgainAt: number;
  hasEnded: boolean;
  viewers: Id[];
  n: number;
};

/** Who is typing: in memory, for five seconds. */
export class Typing {
  private readonly store: Store;
  private readonly ephemeral: EphemeralChanges;
  private readonly now: () => number;
  private readonly maxEntries: number;
  /** By conversation and person, oldest first; and the same by conversation, since groups have many members. */
  private readonly entries = new Map<string, Entry>();
  private readonly byConversation = new Map<Id, Set<Entry>>();

  /** @param now monotonic milliseconds */
  constructor(
    store: Store,
    ephemeral: EphemeralChanges,
    now: () => number = () => performance.now(),
    maxEntries: number = MAX_ENTRIES,
  ) {
    this.store = store;
    this.ephemeral = ephemeral;
    this.now = now;
    this.maxEntries = maxEntries;
  }

  get size(): number {
    return this.entries.size;
  }

  /**
   * A person types in a conversation. Those who may see it are notified at once, and for three seconds not again. The
   * caller does not learn whether anyone was.
   * @throws ApiError NOT_MEMBER, NOT_FRIENDS
   */
  async start(userId: Id, conversationId: Id): Promise<void> {
    const conversation = await requireWriter(this.store, userId, { conversationId });
    const key = keyOf(conversationId, userId);
    const isTooSoon = () => this.now() < (this.entries.get(key)?.notifyAgainAt ?? 0);
    if (isTooSoon()) return;
    const viewers = await this.viewersOf(userId, conversation);
    if (viewers.length === 0 || isTooSoon()) return;
    const now = this.now();
    this.delete(key);
    for (const [oldest, { until }] of this.entries) {
      if (until > now && this.entries.size < this.maxEntries) break;
      this.delete(oldest);
    }
    const n = this.ephemeral.record(viewers);
    const entry: Entry = {
      conversationId,
      userId,
      until: now + DURATION_MS,
      notifyAgainAt: now + MIN_INTERVAL_MS,
      hasEnded: false,
      viewers,
      n,
    };
    this.entries.set(key, entry);
    const others = this.byConversation.get(conversationId) ?? new Set();
    this.byConversation.set(conversationId, others.add(entry));
    this.ephemeral.notify(viewers);
  }

  /** What was typed has been sent. The viewers learn it together with the message. */
  end(conversationId: Id, userId: Id): void {
    const entry = this.entries.get(keyOf(conversationId, userId));
    if (!entry || entry.hasEnded || entry.until <= this.now()) return;
    entry.hasEnded = true;
    entry.n = this.ephemeral.record(entry.viewers);
  }

  /** Who began or stopped typing in these conversations after change `sinceN`; with -1, who types now. */
  async since(viewerId: Id, conversations: Conversation[], sinceN: number): Promise<Status[]> {
    if (this.entries.size === 0) return [];
    const changed: Status[] = [];
    for (const conversation of conversations) {
      const { id: conversationId, members } = conversation;
      for (const entry of this.byConversation.get(conversationId) ?? []) {
        const { userId } = entry;
        if (entry.n <= sinceN || userId === viewerId || !members.includes(userId)) continue;
        const forMs = entry.hasEnded ? 0 : Math.ceil(entry.until - this.now());
        const isIncluded = forMs > 0 || (entry.hasEnded && sinceN >= 0);
        if (isIncluded && (await this.maySee(viewerId, userId, conversation)))
          changed.push({ conversationId, userId, forMs });
      }
    }
    return changed;
  }

  private delete(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    const others = this.byConversation.get(entry.conversationId);
    others?.delete(entry);
    if (others?.size === 0) this.byConversation.delete(entry.conversationId);
  }

  private async viewersOf(userId: Id, conversation: Conversation): Promise<Id[]> {
    const viewers: Id[] = [];
    for (const id of conversation.members) {
      if (id !== userId && (await this.maySee(id, userId, conversation))) viewers.push(id);
    }
    return viewers;
  }

  /**
   * In a direct conversation only friends write to each other, so only friends see it, also where the setting says
   * everyone. In a group all members see it of each other.
   */
  private async maySee(viewerId: Id, userId: Id, { kind }: Conversation): Promise<boolean> {
    if (kind === 'group') return isShownInGroup(this.store, 'typing', viewerId, userId);
    const contacts = (await this.store.account(viewerId))?.contacts;
    return (contacts?.includes(userId) ?? false) && isShown(this.store, 'typing', viewerId, userId);
  }
}

const keyOf = (conversationId: Id, userId: Id) => `${conversationId} ${userId}`;
