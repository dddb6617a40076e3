import { membershipOf, requireMember } from '../conversations/membership.ts';
import { isNotes } from '../conversations/notes.ts';
import { areFriends } from '../conversations/relations.ts';
import { ApiError } from '../errors.ts';
import { isDeleted } from '../messages/message.ts';
import { requireMessage } from '../messages/require-message.ts';
import { isShown } from '../people/privacy.ts';
import { hasSeq } from '../storage/seq-ranges.ts';
import type { Conversation, GroupConversation, Mark, PageBudget, Store } from '../storage/store.ts';
import type { GroupReceipt, Id, ReadUpTo, ReadUpToAnswer } from '../wire/wire.ts';
import type { EphemeralChanges } from './ephemeral.ts';
import { authorsAffected, leastReceipts, receiptsOf } from './group-receipts.ts';

/** Unread messages up to this many are counted exactly; beyond, own and deleted ones count too. Mentions are among these. */
const MAX_COUNTED = 200;

/** The changes in which a person's receipt was last raised. */
type RaisedN = { delivered: number; read: number };

/** Conversations in memory after which those that were deleted are looked for. */
const MIN_TO_CLEAN = 1000;

/** Delivered and read receipts: raises them, and decides who may see which. */
export class Receipts {
  private readonly store: Store;
  private readonly ephemeral: EphemeralChanges;
  /** By conversation and person, of this run of the process. */
  private readonly raised = new Map<Id, Map<Id, RaisedN>>();
  /** The change in which the ticks of a person's messages in a group last changed, by conversation and person. */
  private readonly groupN = new Map<Id, Map<Id, number>>();
  /** The change in which a person last switched their read receipts. */
  private readonly privacyN = new Map<Id, number>();
  /** The change in which a person last blocked or unblocked someone. */
  private readonly blockingN = new Map<Id, number>();
  /** The revision up to which each person has everything. */
  private readonly deliveredRevision = new Map<Id, number>();
  private cleanAtSize = MIN_TO_CLEAN;

  constructor(store: Store, ephemeral: EphemeralChanges) {
    this.store = store;
    this.ephemeral = ephemeral;
  }

  /** Entries of conversations in memory. */
  get size(): number {
    return this.raised.size + this.groupN.size;
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
  async markRead(
    userId: Id,
    { conversationId, seq }: ReadUpTo,
    budget?: PageBudget,
  ): Promise<ReadUpToAnswer> {
    const known = await requireMember(this.store, userId, { conversationId });
    // It may have been shown at another core.
    if (seq > known.lastSeq) await this.store.catchUp?.();
    const conversation = await requireMember(this.store, userId, { conversationId });
    const { lastSeq } = conversation;
    if (seq > lastSeq)
      throw new ApiError('INVALID_REQUEST', { detail: `The conversation has ${lastSeq} messages.` });
    await this.raise(conversation, { conversationId, userId, delivered: seq, read: seq });
    const receipt = (await this.receiptOf(conversationId, userId)) ?? {
      conversationId,
      userId,
      delivered: 0,
      read: 0,
    };
    return { ...receipt, unread: (await this.unreadOf(conversation, userId, budget)).unread };
  }

  /**
   * Messages of others after the read mark that are neither deleted nor hidden nor system rows, and how many of them
   * mention the person. Those of people whom they blocked do not count; nor do those before they joined. Notes are read.
   */
  async unreadOf(
    conversation: Conversation,
    userId: Id,
    budget?: PageBudget,
  ): Promise<{ unread: number; mentions: number }> {
    if (isNotes(conversation)) return { unread: 0, mentions: 0 };
    const { read: mark = 0 } = (await this.receiptOf(conversation.id, userId)) ?? {};
    const joined = conversation.kind === 'group' ? (membershipOf(conversation, userId)?.joinedSeq ?? 0) : 0;
    const behind = conversation.lastSeq - Math.max(mark, joined);
    const isExact = behind <= MAX_COUNTED;
    if (behind <= 0 || (!isExact && conversation.kind === 'direct'))
      return { unread: Math.max(0, behind), mentions: 0 };
    const page = { before: conversation.lastSeq + 1, limit: Math.min(behind, MAX_COUNTED), budget };
    const rows = await this.store.messages(conversation.id, page);
    const hidden = await this.store.hiddenOf(conversation.id, userId);
    const { blocked = [] } = (await this.store.account(userId)) ?? {};
    const unread = rows.filter(
      (row) =>
        row.senderId !== userId &&
        !row.event &&
        !isDeleted(row) &&
        !hasSeq(hidden, row.seq) &&
        !blocked.includes(row.senderId),
    );
    return {
      unread: isExact ? unread.length : behind,
      mentions: unread.filter(({ mentions }) => mentions?.includes(userId)).length,
    };
  }

  /**
   * The marks of a conversation that were raised after change `sinceN`, as one of its members may see them: receipts are
   * between friends, and where either has switched them off, neither learns what the other has read. Of a group a person
   * gets their own mark here, and what all others have in `groupReceiptsSince`.
   */
  async since({ id, kind }: Conversation, viewerId: Id, sinceN: number): Promise<Mark[]> {
    const raised = this.raised.get(id);
    if (sinceN >= 0 && !raised && this.privacyN.size === 0) return [];
    if (kind === 'group') {
      // A client knows what was delivered to itself, except when it starts.
      const hasChanged = sinceN < 0 || (raised?.get(viewerId)?.read ?? 0) > sinceN;
      const own = hasChanged ? await this.receiptOf(id, viewerId) : undefined;
      return own ? [own] : [];
    }
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

  /**
   * How far the messages of groups have got with all other members, for the groups in which that changed for this person
   * after change `sinceN` or revision `since`; with `sinceN` -1 for all groups.
   */
  async groupReceiptsSince(
    conversations: Conversation[],
    viewerId: Id,
    since: number,
    sinceN: number,
  ): Promise<GroupReceipt[]> {
    const isAll = sinceN < 0 || (this.blockingN.get(viewerId) ?? 0) > sinceN;
    const changed = conversations.filter(
      (one): one is GroupConversation =>
        one.kind === 'group' &&
        (isAll || one.group.infoRev > since || (this.groupN.get(one.id)?.get(viewerId) ?? 0) > sinceN),
    );
    return Promise.all(
      changed.map(async (conversation) => ({
        conversationId: conversation.id,
        ...(await leastReceipts(this.store, conversation, viewerId)),
      })),
    );
  }

  /** The person switched their read receipts: the receipts change for their contacts and groups, in both directions. */
  async privacyChanged(userId: Id): Promise<void> {
    const people = [userId, ...((await this.store.account(userId))?.contacts ?? [])];
    for (const { id, kind, members } of await this.store.conversationsOf(userId)) {
      if (kind !== 'group') continue;
      this.setGroupN(id, members, this.ephemeral.record(members));
      this.ephemeral.notify(members);
    }
    this.privacyN.set(userId, this.ephemeral.record(people));
    this.ephemeral.notify(people);
  }

  /**
   * The person blocked or unblocked someone: whose receipts count for them in common groups changes. The other is not
   * notified.
   */
  blockingChanged(userId: Id): void {
    this.blockingN.set(userId, this.ephemeral.record([userId]));
    this.ephemeral.notify([userId]);
  }

  /**
   * By whom one message was received and read; see receiptsOf.
   * @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE
   */
  async ofMessage(
    userId: Id,
    { conversationId, seq }: { conversationId: Id; seq: number },
    budget?: PageBudget,
  ) {
    const conversation = await requireMember(this.store, userId, { conversationId });
    const row = await requireMessage(this.store, conversation, userId, {
      seq,
      time: this.store.time,
      budget,
    });
    return receiptsOf(this.store, conversation, userId, row);
  }

  private async raiseDelivered(userId: Id, since: number, revision: number): Promise<void> {
    for (const conversation of await this.store.conversationsOf(userId)) {
      const { id, lastSeq, rev } = conversation;
      if (lastSeq === 0 || rev <= since) continue;
      const delivered = rev <= revision ? lastSeq : await this.store.lastSeqAt(id, revision);
      await this.raise(conversation, { conversationId: id, userId, delivered, read: 0 });
    }
  }

  /** Another core has raised a mark. */
  async raisedElsewhere(mark: Mark): Promise<void> {
    const conversation = await this.store.conversation(mark.conversationId);
    if (conversation) await this.raise(conversation, mark, true);
  }

  private async raise(conversation: Conversation, mark: Mark, isElsewhere = false): Promise<void> {
    const { id, members } = conversation;
    const { userId } = mark;
    const before = await this.receiptOf(id, userId);
    if (!(await this.store.raiseMark(mark, isElsewhere))) return;
    const isDelivered = mark.delivered > (before?.delivered ?? 0);
    const isRead = mark.read > (before?.read ?? 0);
    if (conversation.kind === 'group') return this.raisedInGroup(conversation, userId, before, isRead);
    const viewers: Id[] = [];
    for (const member of new Set(members)) {
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

  /**
   * Only the authors of messages that have just reached, or been read by, everyone are notified: with 64 members each
   * message is marked 63 times.
   */
  private async raisedInGroup(
    conversation: GroupConversation,
    userId: Id,
    before: Mark | undefined,
    isRead: boolean,
  ): Promise<void> {
    const { id } = conversation;
    const authors = await authorsAffected(this.store, conversation, userId, before);
    const people = isRead ? [...authors, userId] : authors;
    if (people.length === 0) return;
    const n = this.ephemeral.record(people);
    if (isRead) {
      const raised = this.raised.get(id) ?? new Map<Id, RaisedN>();
      raised.set(userId, { delivered: raised.get(userId)?.delivered ?? 0, read: n });
      this.raised.set(id, raised);
    }
    if (authors.length > 0) this.setGroupN(id, authors, n);
    this.ephemeral.notify(people);
    if (this.size >= this.cleanAtSize) await this.forgetDeleted();
  }

  /** Deleted groups never come back. */
  private async forgetDeleted(): Promise<void> {
    for (const id of new Set([...this.raised.keys(), ...this.groupN.keys()])) {
      if ((await this.store.conversation(id))?.members.length) continue;
      this.raised.delete(id);
      this.groupN.delete(id);
    }
    this.cleanAtSize = Math.max(MIN_TO_CLEAN, 2 * this.size);
  }

  private setGroupN(id: Id, people: Id[], n: number): void {
    const known = this.groupN.get(id) ?? new Map<Id, number>();
    for (const person of people) known.set(person, n);
    this.groupN.set(id, known);
  }

  private async receiptOf(conversationId: Id, userId: Id): Promise<Mark | undefined> {
    return (await this.store.marksOf(conversationId)).find((mark) => mark.userId === userId);
  }
}
