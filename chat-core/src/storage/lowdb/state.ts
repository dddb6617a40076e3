import type { Id } from '../../wire.ts';
import { type Changes, putInvite, withMessage } from '../rows.ts';
import {
  type Account,
  type Conversation,
  foldName,
  type Mark,
  pairKey,
  type StoredInvite,
  type StoredMessage,
} from '../store.ts';

/** A conversation as this backend keeps it: messages up to seq `paged` are in pages, the rest in `tail`, which only grows. */
export type Entry = { header: Conversation; paged: number; tail: StoredMessage[]; marks: Map<Id, Mark> };

export type PagedHeader = Conversation & { paged: number; marks?: Omit<Mark, 'conversationId'>[] };

/** How many rows share a page of users or of conversation headers. */
export const ROWS_A_PAGE = 64;

/**
 * What is durable, in memory: people, conversation headers, and the messages that are not in pages yet. Maps, never
 * objects, so that no name can reach a prototype.
 */
export class State {
  private readonly accounts = new Map<Id, Account>();
  private readonly idsByName = new Map<string, Id>();
  private readonly idsByFormerName = new Map<string, Set<Id>>();
  private readonly entries = new Map<Id, Entry>();
  private readonly directByPair = new Map<string, Id>();
  private readonly entriesOf = new Map<Id, Set<Id>>();
  private readonly newest = new Map<Id, number>();
  private readonly openInvites = new Map<Id, StoredInvite>();
  /** Ids in the order they were made, and where each stands in it: a row keeps its page for ever. */
  private readonly order = { users: [] as Id[], conversations: [] as Id[] };
  private readonly places = new Map<Id, number>();
  /** Pages whose rows changed since they were written. */
  readonly changed = {
    users: new Set<number>(),
    conversations: new Set<number>(),
    invites: new Set<number>(),
  };

  account(id: Id): Account | undefined {
    return this.accounts.get(id);
  }

  accountByName(username: string): Account | undefined {
    const name = foldName(username);
    const [former, ...others] = this.idsByFormerName.get(name) ?? [];
    const id = this.idsByName.get(name) ?? (others.length === 0 ? former : undefined);
    return this.accounts.get(id ?? '');
  }

  accountsByName(username: string): Account[] {
    const name = foldName(username);
    const ids = [this.idsByName.get(name) ?? '', ...(this.idsByFormerName.get(name) ?? [])];
    return ids.map((id) => this.accounts.get(id)).filter((account) => account !== undefined);
  }

  accountCount(): number {
    return this.accounts.size;
  }

  invites(): StoredInvite[] {
    return [...this.openInvites.values()];
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
      .map((id) => this.conversation(id))
      .filter((header) => header !== undefined);
  }

  /** The highest revision of this person's conversations, requests and blocks. */
  newestFor(userId: Id): number {
    return this.newest.get(userId) ?? 0;
  }

  mark(conversationId: Id, userId: Id): Mark | undefined {
    return this.entries.get(conversationId)?.marks.get(userId);
  }

  /** Raises a mark as far as it is higher than the one that is here; answers whether it was. */
  raiseMark({ conversationId, userId, delivered, read }: Mark): boolean {
    const marks = this.entries.get(conversationId)?.marks;
    if (!marks) return false;
    const known = marks.get(userId) ?? { delivered: 0, read: 0 };
    if (delivered <= known.delivered && read <= known.read) return false;
    marks.set(userId, {
      conversationId,
      userId,
      delivered: Math.max(delivered, known.delivered),
      read: Math.max(read, known.read),
    });
    this.changed.conversations.add(this.pageOf(conversationId));
    return true;
  }

  allEntries(): MapIterator<Entry> {
    return this.entries.values();
  }

  /** The accounts of one page, pages counted from 1. */
  usersOf(page: number): Account[] {
    return onPage(this.order.users, page)
      .map((id) => this.accounts.get(id))
      .filter((account) => account !== undefined);
  }

  /** The conversation headers of one page, each with its `paged`. */
  headersOf(page: number): PagedHeader[] {
    return onPage(this.order.conversations, page)
      .map((id) => this.entries.get(id))
      .filter((entry) => entry !== undefined)
      .map(({ header, paged, marks }) => ({
        ...header,
        paged,
        ...(marks.size > 0 && { marks: [...marks.values()].map(({ conversationId: _, ...mark }) => mark) }),
      }));
  }

  /** Applies durable rows. Rows of a revision that is here already change nothing they should not. */
  apply(changes: Changes): void {
    for (const account of changes.accounts) this.putAccount(account);
    for (const header of changes.conversations) this.putHeader(header);
    for (const message of changes.messages) this.putMessage(message);
    for (const mark of changes.marks) this.raiseMark(mark);
    for (const invite of changes.invites) this.putInvite(invite);
  }

  putAccount(account: Account): void {
    if (!this.accounts.has(account.id)) this.places.set(account.id, this.order.users.push(account.id) - 1);
    this.accounts.set(account.id, account);
    this.idsByName.set(foldName(account.username), account.id);
    if (account.formerName !== undefined) {
      const name = foldName(account.formerName);
      const ids = this.idsByFormerName.get(name) ?? new Set();
      this.idsByFormerName.set(name, ids.add(account.id));
    }
    this.touch([account.id], account.peopleRev ?? 0);
    this.changed.users.add(this.pageOf(account.id));
  }

  /** There are few, and they go soon: all share one page. */
  putInvite(invite: StoredInvite): void {
    putInvite(this.openInvites, invite);
    this.changed.invites.add(1);
  }

  putHeader(header: Conversation, paged?: number): void {
    const known = this.entries.get(header.id);
    if (!known) this.places.set(header.id, this.order.conversations.push(header.id) - 1);
    // A header from an older line must not take back what a page knows.
    const newest = known && known.header.rev > header.rev ? known.header : header;
    this.entries.set(header.id, {
      header: newest,
      paged: paged ?? known?.paged ?? 0,
      tail: known?.tail ?? [],
      marks: known?.marks ?? new Map(),
    });
    this.directByPair.set(pairKey(...header.members), header.id);
    for (const member of header.members) {
      const ids = this.entriesOf.get(member) ?? new Set();
      this.entriesOf.set(member, ids.add(header.id));
    }
    this.touch(newest.members, newest.rev);
    this.changed.conversations.add(this.pageOf(header.id));
  }

  /** A message says what its conversation's header becomes: no line needs to repeat it. */
  private putMessage(message: StoredMessage): void {
    const entry = this.entries.get(message.conversationId);
    if (!entry) throw new Error(`message ${message.id} has no conversation`);
    const { paged, tail } = entry;
    if (message.seq > Math.max(paged, tail.at(-1)?.seq ?? 0)) tail.push(message);
    const header = withMessage(entry.header, message);
    this.entries.set(header.id, { ...entry, header });
    this.touch(header.members, header.rev);
    this.changed.conversations.add(this.pageOf(header.id));
  }

  private touch(people: Id[], rev: number): void {
    for (const id of people) this.newest.set(id, Math.max(rev, this.newestFor(id)));
  }

  /** Messages up to `seq` are in pages now. */
  markPaged(id: Id, seq: number): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.entries.set(id, { ...entry, paged: seq, tail: entry.tail.filter((message) => message.seq > seq) });
    this.changed.conversations.add(this.pageOf(id));
  }

  private pageOf(id: Id): number {
    return Math.floor((this.places.get(id) ?? 0) / ROWS_A_PAGE) + 1;
  }
}

function onPage(ids: Id[], page: number): Id[] {
  return ids.slice((page - 1) * ROWS_A_PAGE, page * ROWS_A_PAGE);
}
