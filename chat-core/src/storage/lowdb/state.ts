import type { Id } from '../../wire.ts';
import { newestChange } from '../changes-kept.ts';
import { type Changes, putInvite } from '../rows.ts';
import {
  type Account,
  type Conversation,
  type Mark,
  pairKey,
  type Seen,
  type StoredInvite,
  type StoredMessage,
  type StoredPicture,
} from '../store.ts';
import { Accounts } from './accounts.ts';
import {
  afterPaging,
  type Entry,
  headerFor,
  newEntry,
  type PagedHeader,
  raise,
  readEntry,
  withAppended,
  withEdit,
  withHidden,
  writeEntry,
} from './entry.ts';

/** An account as a page of users has it. */
export type PagedAccount = Account & { seenAt?: number };

/** How many rows share a page of users or of conversation headers. */
export const ROWS_A_PAGE = 64;

/**
 * What is durable, in memory: people, conversation headers, and the messages that are not in pages yet. Maps, never
 * objects, so that no name can reach a prototype.
 */
export class State {
  private readonly accounts = new Accounts();
  private readonly entries = new Map<Id, Entry>();
  private readonly directByPair = new Map<string, Id>();
  private readonly entriesOf = new Map<Id, Set<Id>>();
  private readonly newest = new Map<Id, number>();
  private readonly openInvites = new Map<Id, StoredInvite>();
  private readonly seen = new Map<Id, number>();
  /** Pictures that are in no file yet. */
  private readonly pictures = new Map<Id, StoredPicture>();
  /** Ids in the order they were made, and where each stands in it: a row keeps its page for ever. */
  private readonly order = { users: [] as Id[], conversations: [] as Id[] };
  private readonly places = new Map<Id, number>();
  /** Pages whose rows changed since they were written. */
  readonly changed = {
    users: new Set<number>(),
    conversations: new Set<number>(),
    invites: new Set<number>(),
    pictures: new Set<Id>(),
  };

  account(id: Id): Account | undefined {
    return this.accounts.get(id);
  }

  accountByName(username: string): Account | undefined {
    return this.accounts.named(username);
  }

  accountsByName(username: string): Account[] {
    return this.accounts.allNamed(username);
  }

  accountCount(): number {
    return this.accounts.size;
  }

  invites(): StoredInvite[] {
    return [...this.openInvites.values()];
  }

  reportedAccounts(): Account[] {
    return this.accounts.reported();
  }

  entry(id: Id): Entry | undefined {
    return this.entries.get(id);
  }

  conversation(id: Id): Conversation | undefined {
    return this.entries.get(id)?.header;
  }

  directBetween(a: Id, b: Id): Conversation | undefined {
    return this.conversation(this.directByPair.get(pairKey(a, b)) ?? '');
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
    this.changed.conversations.add(this.pageOf(mark.conversationId));
    return true;
  }

  lastSeen(userId: Id): number | undefined {
    return this.seen.get(userId);
  }

  /** Somebody was there; answers whether that is news. */
  see({ userId, at }: Seen): boolean {
    if (!this.accounts.get(userId) || at <= (this.seen.get(userId) ?? 0)) return false;
    this.seen.set(userId, at);
    this.changed.users.add(this.pageOf(userId));
    return true;
  }

  /** A person's picture while it is in no file. */
  picture(userId: Id): StoredPicture | undefined {
    return this.pictures.get(userId);
  }

  /** This picture is in its file now, unless another has come meanwhile. */
  markFiled(picture: StoredPicture): void {
    if (this.pictures.get(picture.userId) === picture) this.pictures.delete(picture.userId);
  }

  allEntries(): MapIterator<Entry> {
    return this.entries.values();
  }

  /** The accounts of one page, pages counted from 1. */
  usersOf(page: number): PagedAccount[] {
    return onPage(this.order.users, page)
      .map((id) => this.accounts.get(id))
      .filter((account) => account !== undefined)
      .map((account) => {
        const seenAt = this.seen.get(account.id);
        return seenAt === undefined ? account : { ...account, seenAt };
      });
  }

  /** The conversation headers of one page, each with its `paged`. */
  headersOf(page: number): PagedHeader[] {
    return onPage(this.order.conversations, page)
      .map((id) => this.entries.get(id))
      .filter((entry) => entry !== undefined)
      .map(writeEntry);
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
    for (const picture of changes.pictures) this.putPicture(picture);
    for (const seen of changes.seen) this.see(seen);
  }

  private putPicture(picture: StoredPicture): void {
    this.pictures.set(picture.userId, picture);
    this.changed.pictures.add(picture.userId);
  }

  putAccount({ seenAt = 0, ...account }: PagedAccount): void {
    const known = this.accounts.get(account.id);
    if (!known) this.places.set(account.id, this.order.users.push(account.id) - 1);
    this.accounts.put(account);
    this.see({ userId: account.id, at: seenAt });
    this.touch(account.id, Math.max(account.peopleRev ?? 0, account.profile?.rev ?? 0));
    for (const contact of account.contacts) this.touch(contact, account.profile?.shownRev ?? 0);
    if (known?.profile?.picture && !account.profile?.picture) {
      this.pictures.delete(account.id);
      this.changed.pictures.add(account.id);
    }
    this.changed.users.add(this.pageOf(account.id));
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
    if (!known) this.places.set(header.id, this.order.conversations.push(header.id) - 1);
    // A header from an older line must not take back what a page knows.
    const newest = known && known.header.rev > header.rev ? known.header : header;
    this.entries.set(header.id, { ...(known ?? newEntry(header)), header: newest });
    this.directByPair.set(pairKey(...header.members), header.id);
    for (const member of header.members) {
      const ids = this.entriesOf.get(member) ?? new Set();
      this.entriesOf.set(member, ids.add(header.id));
      this.touch(member, newest.rev);
    }
    this.changed.conversations.add(this.pageOf(header.id));
  }

  /** Rows are in their page now. */
  markPaged(id: Id, written: StoredMessage[]): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.entries.set(id, afterPaging(entry, written));
    this.changed.conversations.add(this.pageOf(id));
  }

  /** A row says what its conversation's header becomes: no line needs to repeat it. */
  private change<Row extends { conversationId: Id }>(row: Row, by: (entry: Entry, row: Row) => Entry): void {
    const entry = this.entries.get(row.conversationId);
    if (!entry) throw new Error(`there is no conversation ${row.conversationId}`);
    const changed = by(entry, row);
    const { id, members, rev } = changed.header;
    this.entries.set(id, changed);
    if (rev > entry.header.rev) for (const member of members) this.touch(member, rev);
    this.changed.conversations.add(this.pageOf(id));
  }

  /** Something of this revision is new to a person. */
  private touch(userId: Id, rev: number): void {
    if (rev > this.newestFor(userId)) this.newest.set(userId, rev);
  }

  private pageOf(id: Id): number {
    return Math.floor((this.places.get(id) ?? 0) / ROWS_A_PAGE) + 1;
  }
}

function onPage(ids: Id[], page: number): Id[] {
  return ids.slice((page - 1) * ROWS_A_PAGE, page * ROWS_A_PAGE);
}
