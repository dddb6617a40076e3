import { requireMember } from '../conversations/membership.ts';
import { areFriends } from '../conversations/relations.ts';
import { ApiError } from '../errors.ts';
import { isDeleted } from '../messages/message.ts';
import { isShown } from '../people/privacy.ts';
import { hasSeq } from '../storage/seq-ranges.ts';
import type { Conversation, Mark, Store } from '../storage/store.ts';
import type { Id, ReadUpTo, ReadUpToAnswer } from '../wire/wire.ts';
import type { EphemeralChanges } from './ephemeral.ts';

/** Unread messages up to this many are counted exactly; beyond, own and deleted ones count too. */
const MAX_COUNTED = 200;

/** The changes in which a person's receipt was last raised. */
type RaisedN = { delivered: number; read: number };

/** Delivered and read receipts: raises them, and decides who may see which. */
export class Receipts {
  private readonly store: Store;
  private readonly ephemeral: EphemeralChanges;
  /** By conversation and person, of this run of the process. */
  private readonly raised = new Map<Id, Map<Id, RaisedN>>();
  /** The change in which a person last switched their read receipts. */
  private readonly privacyN = new Map<Id, number>();
  /** The revision up to which each person has everything. */
  private readonly deliveredRevision = new Map<Id, number>();

  constructor(store: Store, ephemeral: EphemeralChanges) {
    this.store = store;
    this.ephemeral = ephemeral;
  }

  /**
   * A person's cursor proves that they have everything up to its revision: marks those messages as delivered. Costs one
   * comparison where nothing is new.
   */
  recordDelivered(userId: Id, revision: number): Promise<void> | undefined {
    const before = this.deliveredRevision.get(userId) ?? -1;
    if (revision <= before) return undefined;
    this.deliveredRevision.set(userId, revision);
    return this.raiseDelivered(userId, before, revision);
  }

  /**
   * Marks everything in a conversation up to `seq` as read. A receipt never goes back: an older seq changes nothing.
   * @throws ApiError NOT_MEMBER; INVALID_REQUEST beyond the newest message
   */
  async markRead(userId: Id, { conversationId, seq }: ReadUpTo): Promise<ReadUpToAnswer> {
    const conversation = await requireMember(this.store, userId, { conversationId });
    if (seq > conversation.lastSeq) {
      const detail = `The conversation has ${conversation.lastSeq} messages.`;
      throw new ApiError('INVALID_REQUEST', { detail });
    }
    await this.raise(conversation, { conversationId, userId, delivered: seq, read: seq });
    const receipt = (await this.receiptOf(conversationId, userId)) ?? {
      conversationId,
      userId,
      delivered: 0,
      read: 0,
    };
    return { ...receipt, unread: await this.unreadCount(conversation, userId) };
  }

  /** Messages of others after the read receipt that are neither deleted nor hidden. */
  async unreadCount(conversation: Conversation, userId: Id): Promise<number> {
    const { read = 0 } = (await this.receiptOf(conversation.id, userId)) ?? {};
    const behind = conversation.lastSeq - read;
    if (behind === 0 || behind > MAX_COUNTED) return behind;
    const page = { before: conversation.lastSeq + 1, limit: behind };
    const rows = await this.store.messages(conversation.id, page);
    const hidden = await this.store.hiddenOf(conversation.id, userId);
    return rows.filter((row) => row.senderId !== userId && !isDeleted(row) && !hasSeq(hidden, row.seq))
      .length;
  }

  /**
   * The receipts of a conversation that were raised after change `sinceN`, as one of its members may see them: receipts are
   * between friends, and where either has switched them off, neither learns what the other has read.
   */
  async since({ id }: Conversation, viewerId: Id, sinceN: number): Promise<Mark[]> {
    const raised = this.raised.get(id);
    if (sinceN >= 0 && !raised && this.privacyN.size === 0) return [];
    const visible: Mark[] = [];
    for (const receipt of await this.store.marksOf(id)) {
      const { userId } = receipt;
      const { delivered, read } = raised?.get(userId) ?? { delivered: 0, read: 0 };
      if (userId === viewerId) {
        // A client knows what was delivered to itself, except when it starts.
        if (read > sinceN || sinceN < 0) visible.push(receipt);
        continue;
      }
      const privacyN = Math.max(this.privacyN.get(userId) ?? 0, this.privacyN.get(viewerId) ?? 0);
      const hasChanged = Math.max(delivered, read, privacyN) > sinceN;
      if (!hasChanged || !(await areFriends(this.store, viewerId, userId))) continue;
      const showsRead = await isShown(this.store, 'readReceipts', viewerId, userId);
      if (Math.max(delivered, showsRead ? read : 0, privacyN) <= sinceN) continue;
      visible.push(showsRead ? receipt : { ...receipt, read: 0 });
    }
    return visible;
  }

  /** The person switched their read receipts: the receipts change for their contacts, in both directions. */
  async privacyChanged(userId: Id): Promise<void> {
    const people = [userId, ...((await this.store.account(userId))?.contacts ?? [])];
    this.privacyN.set(userId, this.ephemeral.record(people));
    this.ephemeral.notify(people);
  }

  private async raiseDelivered(userId: Id, since: number, revision: number): Promise<void> {
    for (const conversation of await this.store.conversationsOf(userId)) {
      const { id, lastSeq, rev } = conversation;
      if (lastSeq === 0 || rev <= since) continue;
      const delivered = rev <= revision ? lastSeq : await this.store.lastSeqAt(id, revision);
      await this.raise(conversation, { conversationId: id, userId, delivered, read: 0 });
    }
  }

  private async raise({ id, members }: Conversation, receipt: Mark): Promise<void> {
    const { userId } = receipt;
    const before = await this.receiptOf(id, userId);
    if (!(await this.store.raiseMark(receipt))) return;
    const isDelivered = receipt.delivered > (before?.delivered ?? 0);
    const isRead = receipt.read > (before?.read ?? 0);
    const viewers: Id[] = [];
    for (const member of members) {
      // A delivered receipt concerns others; a read receipt also the person's own devices.
      if (member === userId) {
        if (isRead) viewers.push(member);
      } else if (await areFriends(this.store, member, userId)) {
        const showsRead = isRead && (await isShown(this.store, 'readReceipts', member, userId));
        if (isDelivered || showsRead) viewers.push(member);
      }
    }
    const raised = this.raised.get(id) ?? new Map<Id, RaisedN>();
    const known = raised.get(userId) ?? { delivered: 0, read: 0 };
    const n = this.ephemeral.record(viewers);
    raised.set(userId, { delivered: isDelivered ? n : known.delivered, read: isRead ? n : known.read });
    this.raised.set(id, raised);
    this.ephemeral.notify(viewers);
  }

  private async receiptOf(conversationId: Id, userId: Id): Promise<Mark | undefined> {
    return (await this.store.marksOf(conversationId)).find((one) => one.userId === userId);
  }
}
