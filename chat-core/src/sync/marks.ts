import { requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { isGone } from '../messages/message.ts';
import { hasSeq } from '../storage/seq-ranges.ts';
import type { Conversation, Mark, Store } from '../storage/store.ts';
import type { Id, ReadUpTo, ReadUpToAnswer } from '../wire.ts';
import type { Live } from './live.ts';

/** So many messages behind a read mark are counted one by one; beyond, all count, one's own and deleted ones too. */
const COUNTED = 200;

/** Delivered and read marks: what was raised when, and by what. */
export class Marks {
  private readonly store: Store;
  private readonly live: Live;
  /** By conversation and person, the number of the change in which the mark was raised, for this run alone. */
  private readonly raised = new Map<Id, Map<Id, number>>();
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

  /** The marks of a conversation that were raised after a change. */
  async since(conversationId: Id, n: number): Promise<Mark[]> {
    const raised = this.raised.get(conversationId);
    if (n >= 0 && !raised) return [];
    const marks = await this.store.marksOf(conversationId);
    return marks.filter(({ userId }) => (raised?.get(userId) ?? 0) > n);
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
    if (!(await this.store.raiseMark(mark))) return;
    // What was delivered to somebody is news to others; what they read is news to their own devices as well.
    const people = members.filter((member) => mark.read > 0 || member !== mark.userId);
    const raised = this.raised.get(id) ?? new Map<Id, number>();
    this.raised.set(id, raised.set(mark.userId, this.live.count(people)));
    this.live.tell(people);
  }

  private async of(conversationId: Id, userId: Id): Promise<Mark | undefined> {
    return (await this.store.marksOf(conversationId)).find((mark) => mark.userId === userId);
  }
}
