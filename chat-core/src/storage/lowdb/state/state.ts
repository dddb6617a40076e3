import type { Id } from '../../../wire/wire.ts';
import { type Changes, putInvite } from '../../rows.ts';
import {
  type Account,
  type Conversation,
  type DirectConversation,
  type GroupConversation,
  type Mark,
  pairKey,
  type StoredInvite,
  type StoredMessage,
} from '../../store.ts';
import { type Counts, NO_COUNTS } from '../pages/meta.ts';
import { RowPages } from '../pages/row-pages.ts';
import {
  afterPaging,
  type ConversationState,
  headerFor,
  newEntry,
  newestChange,
  type PagedHeader,
  raise,
  readEntry,
  withAppended,
  withEdit,
  withHidden,
  writeEntry,
} from './conversation-state.ts';
import { type PagedAccount, PeopleState } from './people-state.ts';

/** A row of a conversation whose header is nowhere. */
export class UnknownConversation extends Error {
  override name = 'UnknownConversation';

  constructor(id: Id) {
    super(`it has a row of conversation ${id}, which no page and no line before it names`);
  }
}

/**
 * What is durable, in memory: people, conversation headers, and the messages that are not in pages yet. Maps, never
 * objects, so that no name can reach a prototype.
 */
export class State {
  readonly people = new PeopleState();
  private readonly entries = new Map<Id, ConversationState>();
  private readonly directByPair = new Map<string, Id>();
  private readonly entriesOf = new Map<Id, Set<Id>>();
  private readonly newest = new Map<Id, number>();
  private readonly openInvites = new Map<Id, StoredInvite>();
  private readonly headerPages = new RowPages();
  /** What the pages on the disk hold at least. */
  counts: Counts = NO_COUNTS;
  /** Pages, and people's pictures, that changed since they were written. */
  readonly changed = {
    users: this.people.pages.changed,
    conversations: this.headerPages.changed,
    invites: new Set<number>(),
    pictures: this.people.changedPictures,
  };

  account(id: Id): Account | undefined {
    return this.people.accounts.get(id);
  }

  invites(): StoredInvite[] {
    return [...this.openInvites.values()];
  }

  entry(id: Id): ConversationState | undefined {
    return this.entries.get(id);
  }

  conversation(id: Id): Conversation | undefined {
    return this.entries.get(id)?.header;
  }

  directBetween(a: Id, b: Id): DirectConversation | undefined {
    const found = this.conversation(this.directByPair.get(pairKey(a, b)) ?? '');
    return found?.kind === 'direct' ? found : undefined;
  }

  conversationsOf(userId: Id): Conversation[] {
    return [...(this.entriesOf.get(userId) ?? [])]
      .map((id) => this.entries.get(id))
      .filter((entry) => entry !== undefined)
      .map((entry) => headerFor(entry, userId));
  }

  /** The highest revision of this person's conversations, requests, blocks, and of what they and their contacts say. */
  newestFor(userId: Id): number {
    return this.newest.get(userId) ?? 0;
  }

  mark(conversationId: Id, userId: Id): Mark | undefined {
    return this.entries.get(conversationId)?.marks.get(userId);
  }

  /** Raises a mark as far as it is higher than the one that is here; answers whether it was. */
  raiseMark(mark: Mark): boolean {
    const entry = this.entries.get(mark.conversationId);
    if (!entry || !raise(entry.marks, mark)) return false;
    this.headerPages.change(mark.conversationId);
    return true;
  }

  conversationStates(): MapIterator<ConversationState> {
    return this.entries.values();
  }

  /** The conversation headers of one page, each with its `paged`. */
  headersOf(page: number): PagedHeader[] {
    return this.headerPages
      .on(page)
      .map((id) => this.entries.get(id))
      .filter((entry) => entry !== undefined)
      .map(writeEntry);
  }

  /** Pages with so many rows are on the disk. */
  count(part: Partial<Counts>): void {
    const raised = Object.entries(part).map(([kind, rows]) => [
      kind,
      Math.max(rows, this.counts[kind as keyof Counts]),
    ]);
    this.counts = { ...this.counts, ...Object.fromEntries(raised) };
  }

  /** Applies durable rows. Rows of a revision that is here already change nothing they should not. */
  apply(changes: Changes): void {
    for (const account of changes.accounts) this.putAccount(account);
    for (const header of changes.conversations) this.putHeader(header);
    for (const message of changes.messages) this.change(message, withAppended);
    for (const row of changes.edits) this.change(row, withEdit);
    for (const one of changes.hidden) {
      this.change(one, withHidden);
      this.touch(one.userId, one.rev);
    }
    for (const mark of changes.marks) this.raiseMark(mark);
    for (const invite of changes.invites) this.putInvite(invite);
    for (const picture of changes.pictures) this.people.putPicture(picture);
    for (const seen of changes.seen) this.people.recordSeen(seen);
  }

  putAccount(row: PagedAccount): void {
    this.people.put(row);
    const { id, peopleRev = 0, profile, contacts } = row;
    this.touch(id, Math.max(peopleRev, profile?.rev ?? 0));
    for (const contact of contacts) this.touch(contact, profile?.shownRev ?? 0);
  }

  /** There are few, and they go soon: all share one page. */
  putInvite(invite: StoredInvite): void {
    putInvite(this.openInvites, invite);
    this.changed.invites.add(1);
  }

  /** A conversation as a page of headers has it. */
  putPaged(row: PagedHeader): void {
    const entry = readEntry(row);
    this.putHeader(entry.header);
    this.entries.set(entry.header.id, entry);
    for (const [userId, { changes }] of entry.hidden) this.touch(userId, newestChange(changes));
  }

  putHeader(header: Conversation): void {
    const known = this.entries.get(header.id);
    // A header from an older line must not take back what a page knows.
    const newest = known && known.header.rev > header.rev ? known.header : header;
    this.entries.set(header.id, { ...(known ?? newEntry(header)), header: newest });
    if (newest.kind === 'direct') this.directByPair.set(pairKey(...newest.members), newest.id);
    else this.updateGroup(known?.header, newest);
    for (const member of newest.members) {
      const ids = this.entriesOf.get(member) ?? new Set();
      this.entriesOf.set(member, ids.add(header.id));
      this.touch(member, newest.rev);
    }
    this.headerPages.change(header.id);
  }

  /** Whoever is no member any more finds it among their conversations no longer; a picture that was replaced goes. */
  private updateGroup(known: Conversation | undefined, group: GroupConversation): void {
    for (const userId of known?.members ?? []) {
      if (!group.members.includes(userId)) this.entriesOf.get(userId)?.delete(group.id);
    }
    if (known?.kind === 'group' && known.group.picture && !group.group.picture) {
      this.people.removePicture(group.id);
    }
  }

  /** Rows are in their page now. */
  markPaged(id: Id, written: StoredMessage[]): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.entries.set(id, afterPaging(entry, written));
    this.headerPages.change(id);
  }

  /** A row says what its conversation's header becomes: no line needs to repeat it. */
  private change<Row extends { conversationId: Id }>(
    row: Row,
    by: (entry: ConversationState, row: Row) => ConversationState,
  ): void {
    const entry = this.entries.get(row.conversationId);
    if (!entry) throw new UnknownConversation(row.conversationId);
    const changed = by(entry, row);
    const { id, members, rev } = changed.header;
    this.entries.set(id, changed);
    if (rev > entry.header.rev) for (const member of members) this.touch(member, rev);
    this.headerPages.change(id);
  }

  /** Something of this revision is new to a person. */
  private touch(userId: Id, rev: number): void {
    if (rev > this.newestFor(userId)) this.newest.set(userId, rev);
  }
}
