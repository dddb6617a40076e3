import { requireWriter } from '../conversations/membership.ts';
import { isShown } from '../people/privacy.ts';
import type { Conversation, Store } from '../storage/store.ts';
import type { Live } from '../sync/ephemeral.ts';
import type { Id, Typing as Told } from '../wire/wire.ts';

/** Milliseconds: how long it holds unless it is said again, and how often it is told. */
const HOLDS_MS = 5000;
const EVERY_MS = 3000;
/** People who write at once; a flood of more pushes out who began first. */
const MOST = 4096;

/** One person who writes in one conversation. `toldTo` learned of it with change `n`. */
type Writing = { until: number; again: number; hasEnded: boolean; toldTo: Id[]; n: number };

/** Who is writing, in RAM alone: nothing of it outlives five seconds. */
export class Typing {
  private readonly store: Store;
  private readonly live: Live;
  private readonly now: () => number;
  private readonly most: number;
  /** By conversation and person, in the order in which they were told. */
  private readonly writing = new Map<string, Writing>();

  /** @param now milliseconds that only ever go on */
  constructor(store: Store, live: Live, now: () => number = () => performance.now(), most: number = MOST) {
    this.store = store;
    this.live = live;
    this.now = now;
    this.most = most;
  }

  /** How many are remembered. */
  get size(): number {
    return this.writing.size;
  }

  /**
   * Somebody writes in a conversation. Told at once to those who may see it, and not again for three seconds, whatever
   * is said meanwhile; nobody who asks learns whether it was.
   * @throws ApiError NOT_MEMBER, NOT_FRIENDS
   */
  async start(userId: Id, conversationId: Id): Promise<void> {
    const { members } = await requireWriter(this.store, userId, { conversationId });
    const toldTo = await this.viewersOf(userId, members);
    const key = keyOf(conversationId, userId);
    const now = this.now();
    if (toldTo.length === 0 || now < (this.writing.get(key)?.again ?? 0)) return;
    this.writing.delete(key);
    for (const [oldest, { until }] of this.writing) {
      if (until > now && this.writing.size < this.most) break;
      this.writing.delete(oldest);
    }
    const n = this.live.count(toldTo);
    this.writing.set(key, { until: now + HOLDS_MS, again: now + EVERY_MS, hasEnded: false, toldTo, n });
    this.live.tell(toldTo);
  }

  /** What was written has been sent. Those who were told are told with the message. */
  end(conversationId: Id, userId: Id): void {
    const writing = this.writing.get(keyOf(conversationId, userId));
    if (!writing || writing.hasEnded || writing.until <= this.now()) return;
    writing.hasEnded = true;
    writing.n = this.live.count(writing.toldTo);
  }

  /** Who began or ended to write in these conversations after a change; with -1, who writes now. */
  async since(viewerId: Id, conversations: Conversation[], n: number): Promise<Told[]> {
    if (this.writing.size === 0) return [];
    const told: Told[] = [];
    for (const { id: conversationId, members } of conversations) {
      for (const userId of members) {
        const writing = this.writing.get(keyOf(conversationId, userId));
        if (!writing || writing.n <= n || userId === viewerId) continue;
        const forMs = writing.hasEnded ? 0 : Math.ceil(writing.until - this.now());
        const isNews = forMs > 0 || (writing.hasEnded && n >= 0);
        if (isNews && (await this.mayTell(viewerId, userId))) told.push({ conversationId, userId, forMs });
      }
    }
    return told;
  }

  private async viewersOf(userId: Id, members: Id[]): Promise<Id[]> {
    const viewers: Id[] = [];
    for (const id of members) if (id !== userId && (await this.mayTell(id, userId))) viewers.push(id);
    return viewers;
  }

  /** Only friends write to each other, so only they see it, whatever everybody may. */
  private async mayTell(viewerId: Id, userId: Id): Promise<boolean> {
    const contacts = (await this.store.account(viewerId))?.contacts;
    return (contacts?.includes(userId) ?? false) && isShown(this.store, 'typing', viewerId, userId);
  }
}

const keyOf = (conversationId: Id, userId: Id) => `${conversationId} ${userId}`;
