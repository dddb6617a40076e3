import type { Id } from '../../../wire/wire.ts';
import { type Changes, isDeletedGroup, putInvite, putUpload } from '../../rows.ts';
import {
  type Account,
  type Conversation,
  type DirectConversation,
  type FileRef,
  type FileUsage,
  fileKey,
  type GroupConversation,
  type Mark,
  pairKey,
  type StoredInvite,
  type StoredMessage,
  type TotalUsage,
  type UploadRow,
} from '../../store.ts';
import { type Counts, NO_COUNTS } from '../pages/meta.ts';
import { RowPages } from '../pages/row-pages.ts';
import {
  afterPaging,
  type ConversationState,
  fromPagedHeader,
  headerFor,
  newConversationState,
  newestChange,
  type PagedHeader,
  raiseMark,
  toPagedHeader,
  UnknownConversation,
  withAppended,
  withEdit,
  withHidden,
  withUsage,
} from './conversation-state.ts';
import { type PagedAccount, PeopleState } from './people-state.ts';
import { UsageTotals } from './usage-totals.ts';

/**
 * The durable rows in memory: people, conversation headers, and the messages that are not in pages yet. They are in
 * maps, not objects, so that no name can reach a prototype.
 */
export class State {
  readonly people = new PeopleState();
  private readonly conversations = new Map<Id, ConversationState>();
  private readonly directByPair = new Map<string, Id>();
  private readonly conversationIdsOf = new Map<Id, Set<Id>>();
  private readonly newest = new Map<Id, number>();
  private readonly openInvites = new Map<Id, StoredInvite>();
  private readonly uploadRows = new Map<string, UploadRow>();
  private readonly usageTotals = new UsageTotals();
  private readonly headerPages = new RowPages();
  /** Deleted groups whose messages may still be in pages. */
  readonly unerased = new Set<Id>();
  /** The least number of rows that the pages on the disk contain. */
  counts: Counts = NO_COUNTS;
  /** Pages, and pictures by person, that changed since they were written. */
  readonly changed = {
    users: this.people.pages.changed,
    conversations: this.headerPages.changed,
    invites: new Set<number>(),
    uploads: new Set<number>(),
    pictures: this.people.changedPictures,
  };

  account(id: Id): Account | undefined {
    return this.people.accounts.get(id);
  }

  invites(): StoredInvite[] {
    return [...this.openInvites.values()];
  }

  uploads(): UploadRow[] {
    return [...this.uploadRows.values()];
  }

  upload(ref: FileRef): UploadRow | undefined {
    return this.uploadRows.get(fileKey(ref));
  }

  /** The files of a person in a conversation; zeros if they have none. */
  usageIn(conversationId: Id, userId: Id): FileUsage {
    const known = this.conversations.get(conversationId)?.usages.get(userId);
    return known ?? { conversationId, userId, bytes: 0, files: 0 };
  }

  /** The files in a conversation, by person. */
  usagesIn(conversationId: Id): FileUsage[] {
    return [...(this.conversations.get(conversationId)?.usages.values() ?? [])];
  }

  /** The files of a person, or of everyone. */
  totalUsage(userId?: Id): TotalUsage {
    return this.usageTotals.of(userId);
  }

  /** The conversations in which the files of a person use most, at most so many, the largest first. */
  largestUsages(userId: Id, count: number): FileUsage[] {
    return this.usageTotals.largest(userId, count);
  }

  conversationState(id: Id): ConversationState | undefined {
    return this.conversations.get(id);
  }

  conversation(id: Id): Conversation | undefined {
    return this.conversations.get(id)?.header;
  }

  directBetween(a: Id, b: Id): DirectConversation | undefined {
    const found = this.conversation(this.directByPair.get(pairKey(a, b)) ?? '');
    return found?.kind === 'direct' ? found : undefined;
  }

  conversationsOf(userId: Id): Conversation[] {
    return [...(this.conversationIdsOf.get(userId) ?? [])]
      .flatMap((id) => this.conversations.get(id) ?? [])
      .map((conversation) => headerFor(conversation, userId));
  }

  /** See Store.newestFor. */
  newestFor(userId: Id): number {
    return this.newest.get(userId) ?? 0;
  }

  mark(conversationId: Id, userId: Id): Mark | undefined {
    return this.conversations.get(conversationId)?.marks.get(userId);
  }

  /** The marks of the members of a conversation. People who left a group have theirs again when they come back. */
  marksOf(conversationId: Id): Mark[] {
    const conversation = this.conversations.get(conversationId);
    if (!conversation) return [];
    const { header, marks } = conversation;
    // Of notes both members are the same person.
    const members = new Set(header.members).values();
    return [...members.map((userId) => marks.get(userId)).filter((mark) => mark !== undefined)];
  }

  /** Raises a mark where it is higher than the stored one. @returns whether it was */
  raiseMark(mark: Mark): boolean {
    const conversation = this.conversations.get(mark.conversationId);
    if (!conversation || isDeletedGroup(conversation.header)) return false;
    if (!raiseMark(conversation.marks, mark)) return false;
    this.headerPages.change(mark.conversationId);
    return true;
  }

  conversationStates(): MapIterator<ConversationState> {
    return this.conversations.values();
  }

  /** The conversation headers of one page, each with its `paged`. */
  headersOf(page: number): PagedHeader[] {
    return this.headerPages
      .on(page)
      .flatMap((id) => this.conversations.get(id) ?? [])
      .map(toPagedHeader);
  }

  /** Raises the counts of rows that are in pages on the disk. */
  count(part: Partial<Counts>): void {
    const raised = Object.entries(part).map(([kind, rows]) => [
      kind,
      Math.max(rows, this.counts[kind as keyof Counts]),
    ]);
    this.counts = { ...this.counts, ...Object.fromEntries(raised) };
  }

  /** Applies durable rows. It is idempotent: rows that were applied before change nothing. */
  apply(changes: Changes): void {
    for (const account of changes.accounts) this.putAccount(account);
    for (const header of changes.conversations) this.putHeader(header);
    for (const message of changes.messages) this.change(message, withAppended, !message.imported);
    for (const row of changes.edits) this.change(row, withEdit);
    for (const one of changes.hidden) {
      this.change(one, withHidden);
      this.raiseNewest(one.userId, one.rev);
    }
    for (const mark of changes.marks) this.raiseMark(mark);
    for (const invite of changes.invites) this.putInvite(invite);
    // An older one, from the journal, must not come back beside a newer header from a page.
    for (const picture of changes.pictures) {
      if (this.pictureIdOf(picture.userId) === picture.id) this.people.putPicture(picture);
    }
    for (const seen of changes.seen) this.people.recordSeen(seen);
    for (const row of changes.uploads) this.putUpload(row);
    for (const usage of changes.usages) this.putUsage(usage);
  }

  putAccount(row: PagedAccount): void {
    this.people.put(row);
    const { id, peopleRev = 0, profile, contacts } = row;
    this.raiseNewest(id, Math.max(peopleRev, profile?.rev ?? 0));
    for (const contact of contacts) this.raiseNewest(contact, profile?.shownRev ?? 0);
  }

  /** Invites are few and short-lived: all share one page. */
  putInvite(invite: StoredInvite): void {
    putInvite(this.openInvites, invite);
    this.changed.invites.add(1);
  }

  /** Uploads are few and short-lived: all share one page. */
  putUpload(row: UploadRow): void {
    putUpload(this.uploadRows, row);
    this.changed.uploads.add(1);
  }

  putUsage(usage: FileUsage): void {
    const conversation = this.conversations.get(usage.conversationId);
    if (!conversation) throw new UnknownConversation(usage.conversationId);
    // The journal may still have rows from before the group was deleted.
    if (isDeletedGroup(conversation.header)) return;
    this.setConversation(withUsage(conversation, usage));
    this.headerPages.change(usage.conversationId);
  }

  /** Replaces the state of a conversation, and counts its files instead of those before. */
  private setConversation(next: ConversationState): void {
    const known = this.conversations.get(next.header.id);
    if (known?.usages !== next.usages) {
      this.usageTotals.replace(known?.usages.values() ?? [], next.usages.values());
    }
    this.conversations.set(next.header.id, next);
  }

  /** Adds a conversation as it is stored in a page of headers. */
  putPaged(row: PagedHeader): void {
    const conversation = fromPagedHeader(row, (id) => this.account(id)?.id ?? id);
    this.putHeader(conversation.header);
    this.setConversation(conversation);
    for (const [userId, { changes }] of conversation.hidden) this.raiseNewest(userId, newestChange(changes));
  }

  putHeader(header: Conversation): void {
    const known = this.conversations.get(header.id);
    // An older header, from the journal, must not replace a newer one from a page.
    const newest = known && known.header.rev > header.rev ? known.header : header;
    const base = known && !isDeletedGroup(newest) ? known : newConversationState(header);
    this.setConversation({ ...base, header: newest });
    if (newest.kind === 'direct') this.directByPair.set(pairKey(...newest.members), newest.id);
    else this.updateGroup(known?.header, newest);
    for (const member of newest.members) {
      const ids = this.conversationIdsOf.get(member) ?? new Set();
      this.conversationIdsOf.set(member, ids.add(header.id));
      this.raiseNewest(member, newest.rev);
    }
    this.headerPages.change(header.id);
  }

  /** Takes the group from those who are no members any more, and its picture if it has none now. */
  private updateGroup(known: Conversation | undefined, group: GroupConversation): void {
    for (const userId of known?.members ?? []) {
      if (!group.members.includes(userId)) this.conversationIdsOf.get(userId)?.delete(group.id);
    }
    if (known?.kind === 'group' && known.group.picture && !group.group.picture) {
      this.people.removePicture(group.id);
    }
    if (isDeletedGroup(group)) this.unerased.add(group.id);
  }

  /** The id of the picture that a person, or a group by its conversation id, has now. */
  pictureIdOf(id: Id): Id | undefined {
    const conversation = this.conversation(id);
    const group = conversation?.kind === 'group' ? conversation.group : undefined;
    return (this.account(id)?.profile ?? group)?.picture?.id;
  }

  /** Records that rows are now in their page. */
  markPaged(id: Id, written: { page: number; messages: StoredMessage[]; asOf: number }): void {
    const conversation = this.conversations.get(id);
    if (!conversation || isDeletedGroup(conversation.header)) return;
    this.conversations.set(id, afterPaging(conversation, written));
    this.headerPages.change(id);
  }

  /** Applies a row of a conversation, and updates its header: the journal does not repeat headers for messages. */
  private change<Row extends { conversationId: Id }>(
    row: Row,
    by: (conversation: ConversationState, row: Row) => ConversationState,
    notifies = true,
  ): void {
    const conversation = this.conversations.get(row.conversationId);
    if (!conversation) throw new UnknownConversation(row.conversationId);
    // The journal may still have rows from before the group was deleted.
    if (isDeletedGroup(conversation.header)) return;
    const changed = by(conversation, row);
    const { id, members, rev } = changed.header;
    this.conversations.set(id, changed);
    if (notifies && rev > conversation.header.rev) for (const id of members) this.raiseNewest(id, rev);
    this.headerPages.change(id);
  }

  /** Records that a person sees a change of this revision. */
  private raiseNewest(userId: Id, rev: number): void {
    if (rev > this.newestFor(userId)) this.newest.set(userId, rev);
  }
}
