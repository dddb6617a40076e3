import { requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { areFriends } from '../friends/friends.ts';
import { isGone } from '../messages/message.ts';
import { isShown } from '../people/privacy.ts';
import { hasSeq } from '../storage/seq-ranges.ts';
import type { Conversation, Mark, Store } from '../storage/store.ts';
import type { Id, ReadUpTo, ReadUpToAnswer } from '../wire/wire.ts';
import type { Live } from './ephemeral.ts';

/** So many messages behind a read mark are counted one by one; beyond, all count, one's own and deleted ones too. */
const COUNTED = 200;

/** The changes in which a mark was raised. */
type Raised = { delivered: number; read: number };

/** Delivered and read marks: what was raised when, by what, and who sees it. */
export class Marks {
  private readonly store: Store;
  private readonly live: Live;
  /** By conversation and person, for this run alone. */
  private readonly raised = new Map<Id, Map<Id, Raised>>();
  /** The change in which a person last switched their receipts. */
  private readonly switches = new Map<Id, number>();
  /** Up to which revision each person has everything. */
  private readonly had = new Map<Id, number>();

  constructor(store: Store, live: Live) {
    this.store = store;
    this.live = live;
  }

  /**
   * A person's cursor says up to which revision they have everything: the receipt of all messages until then.
   * Costs one comparison unless it is news.
   */
  receive(userId: Id, revision: number): Promise<void> | undefined {
    const had = this.had.get(userId) ?? -1;
    if (revision <= had) return undefined;
    this.had.set(userId, revision);
    return this.receiveAll(userId, had, revision);
  }

  /**
   * Everything in a conversation up to `seq` was read. A mark never goes back: an older seq changes nothing.
   * @throws ApiError NOT_MEMBER, INVALID_REQUEST beyond the end
   */
  async read(userId: Id, { conversationId, seq }: ReadUpTo): Promise<ReadUpToAnswer> {
    const conversation = await requireMember(this.store, userId, { conversationId });
    if (seq > conversation.lastSeq) {
      const detail = `The conversation has ${conversation.lastSeq} messages.`;
      throw new ApiError('INVALID_REQUEST', { detail });
    }
    await this.raise(conversation, { conversationId, userId, delivered: seq, read: seq });
    const mark = (await this.of(conversationId, userId)) ?? { conversationId, userId, delivered: 0, read: 0 };
    return { ...mark, unread: await this.unread(conversation, userId) };
  }

  /** Messages of others behind the read mark that are still to be read: neither deleted nor hidden. */
  async unread(conversation: Conversation, userId: Id): Promise<number> {
    const { read = 0 } = (await this.of(conversation.id, userId)) ?? {};
    const behind = conversation.lastSeq - read;
    if (behind === 0 || behind > COUNTED) return behind;
    const page = { before: conversation.lastSeq + 1, limit: behind };
    const rows = await this.store.messages(conversation.id, page);
    const hidden = await this.store.hiddenOf(conversation.id, userId);
    return rows.filter((row) => row.senderId !== userId && !isGone(row) && !hasSeq(hidden, row.seq)).length;
  }

  /**
   * The marks of a conversation that were raised after a change, as one of its members sees them: receipts go between
   * friends, and where either has switched them off nobody learns what the other has read.
   */
  async since({ id }: Conversation, viewerId: Id, n: number): Promise<Mark[]> {
    const raised = this.raised.get(id);
    if (n >= 0 && !raised && this.switches.size === 0) return [];
    const seen: Mark[] = [];
    for (const mark of await this.store.marksOf(id)) {
      const { userId } = mark;
      const { delivered, read } = raised?.get(userId) ?? { delivered: 0, read: 0 };
      if (userId === viewerId) {
        // What reached a person they know, except where they begin.
        if (read > n || n < 0) seen.push(mark);
        continue;
      }
      const switchedN = Math.max(this.switches.get(userId) ?? 0, this.switches.get(viewerId) ?? 0);
      if (Math.max(delivered, read, switchedN) <= n || !(await areFriends(this.store, viewerId, userId)))
        continue;
      const hasReceipts = await isShown(this.store, 'readReceipts', viewerId, userId);
      if (Math.max(delivered, hasReceipts ? read : 0, switchedN) <= n) continue;
      seen.push(hasReceipts ? mark : { ...mark, read: 0 });
    }
    return seen;
  }

  /** A person switched their receipts: marks are told anew, both ways. */
  async switched(userId: Id): Promise<void> {
    const people = [userId, ...((await this.store.account(userId))?.contacts ?? [])];
    this.switches.set(userId, this.live.count(people));
    this.live.tell(people);
  }

  private async receiveAll(userId: Id, since: number, revision: number): Promise<void> {
    for (const conversation of await this.store.conversationsOf(userId)) {
      const { id, lastSeq, rev } = conversation;
      if (lastSeq === 0 || rev <= since) continue;
      const delivered = rev <= revision ? lastSeq : await this.store.lastSeqAt(id, revision);
      await this.raise(conversation, { conversationId: id, userId, delivered, read: 0 });
    }
  }

  private async raise({ id, members }: Conversation, mark: Mark): Promise<void> {
    const { userId } = mark;
    const before = await this.of(id, userId);
    if (!(await this.store.raiseMark(mark))) return;
    const isDelivered = mark.delivered > (before?.delivered ?? 0);
    const isRead = mark.read > (before?.read ?? 0);
    const people: Id[] = [];
    for (const member of members) {
      // What was delivered to somebody is news to others; what they read is news to their own devices as well.
      if (member === userId) {
        if (isRead) people.push(member);
      } else if (await areFriends(this.store, member, userId)) {
        const hasReceipts = isRead && (await isShown(this.store, 'readReceipts', member, userId));
        if (isDelivered || hasReceipts) people.push(member);
      }
    }
    const raised = this.raised.get(id) ?? new Map<Id, Raised>();
    const known = raised.get(userId) ?? { delivered: 0, read: 0 };
    const n = this.live.count(people);
    raised.set(userId, { delivered: isDelivered ? n : known.delivered, read: isRead ? n : known.read });
    this.raised.set(id, raised);
    this.live.tell(people);
  }

  private async of(conversationId: Id, userId: Id): Promise<Mark | undefined> {
    return (await this.store.marksOf(conversationId)).find((mark) => mark.userId === userId);
  }
}
