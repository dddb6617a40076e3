import type { Id } from '../wire/wire.ts';
import { type Changes, isDeletedGroup, putInvite, type Rows, withMessage } from './rows.ts';
import { type SeqRanges, withSeq } from './seq-ranges.ts';
import {
  type Account,
  type Conversation,
  type DirectConversation,
  type FileRef,
  type FileUsage,
  fileKey,
  foldName,
  type Identity,
  identityKey,
  pairKey,
  type StoredInvite,
  type StoredMessage,
  type TotalUsage,
  type UploadRow,
} from './store.ts';

/** The rows of a kind that a transaction does not write, as most of them. */
const NONE: readonly never[] = [];
const NO_ROWS: ReadonlyMap<string, never> = new Map<string, never>();

/** Rows that are written but not durable yet, over the rows of `base`. */
export class PendingRows implements Rows {
  private readonly base: Rows;
  private accounts: ReadonlyMap<Id, Account> = NO_ROWS;
  private conversations: ReadonlyMap<Id, Conversation> = NO_ROWS;
  private changedInvites: readonly StoredInvite[] = NONE;
  /** New and changed messages, by messageKey. */
  private messages: ReadonlyMap<string, StoredMessage> = NO_ROWS;
  private hidden: ReadonlyMap<string, SeqRanges> = NO_ROWS;
  /** Those that were removed too. */
  private changedUploads: ReadonlyMap<string, UploadRow> = NO_ROWS;
  /** By conversation and person, as `hidden`. */
  private usages: ReadonlyMap<string, FileUsage> = NO_ROWS;

  constructor(base: Rows) {
    this.base = base;
  }

  account(id: Id): Account | undefined {
    return this.accounts.get(id) ?? this.base.account(id);
  }

  accountByName(username: string): Account | undefined {
    const name = foldName(username);
    const accounts = [...this.accounts.values()].filter(({ deletedAt }) => deletedAt === undefined);
    const pending = accounts.find((account) => foldName(account.username) === name);
    if (pending) return pending;
    const base = this.base.accountByName(username);
    const now = base && (this.accounts.get(base.id) ?? base);
    if (now?.deletedAt === undefined && now) return now;
    const former = accounts.filter(
      ({ formerName }) => formerName !== undefined && foldName(formerName) === name,
    );
    return former.length === 1 ? former[0] : undefined;
  }

  deletedByName(username: string): Account | undefined {
    const name = foldName(username);
    const isIt = (account: Account | undefined) =>
      account?.deletedAt !== undefined && foldName(account.username) === name;
    const pending = this.accounts.values().find(isIt);
    if (pending) return pending;
    const base = this.base.deletedByName(username);
    const now = base && (this.accounts.get(base.id) ?? base);
    return isIt(now) ? now : undefined;
  }

  accountByIdentity(identity: Identity): Account | undefined {
    const key = identityKey(identity);
    const isLinked = (account: Account | undefined) =>
      account?.identity !== undefined && identityKey(account.identity) === key;
    const pending = this.accounts.values().find(isLinked);
    if (pending) return pending;
    const base = this.base.accountByIdentity(identity);
    const now = base && (this.accounts.get(base.id) ?? base);
    return isLinked(now) ? now : undefined;
  }

  conversation(id: Id): Conversation | undefined {
    return this.conversations.get(id) ?? this.base.conversation(id);
  }

  directBetween(a: Id, b: Id): DirectConversation | undefined {
    const pair = pairKey(a, b);
    for (const one of this.conversations.values()) {
      if (one.kind === 'direct' && pairKey(...one.members) === pair) return one;
    }
    return this.base.directBetween(a, b);
  }

  conversationsOf(userId: Id): Conversation[] {
    const found = new Map(this.base.conversationsOf(userId).map((one) => [one.id, one]));
    for (const one of this.conversations.values()) {
      if (one.members.includes(userId)) found.set(one.id, one);
      else found.delete(one.id);
    }
    return [...found.values()];
  }

  invites(): Iterable<StoredInvite> {
    if (this.changedInvites.length === 0) return this.base.invites();
    const invites = new Map([...this.base.invites()].map((invite) => [invite.id, invite]));
    for (const invite of this.changedInvites) putInvite(invites, invite);
    return invites.values();
  }

  uploads(): Iterable<UploadRow> {
    const unchanged = [...this.base.uploads()].filter((row) => !this.changedUploads.has(fileKey(row)));
    return [...unchanged, ...this.changedUploads.values().filter(({ state }) => state !== 'removed')];
  }

  upload(ref: FileRef): UploadRow | undefined {
    const row = this.changedUploads.get(fileKey(ref)) ?? this.base.upload(ref);
    return row?.state === 'removed' ? undefined : row;
  }

  usageIn(conversationId: Id, userId: Id): FileUsage {
    return this.usages.get(`${conversationId} ${userId}`) ?? this.base.usageIn(conversationId, userId);
  }

  usagesIn(conversationId: Id): FileUsage[] {
    const own = [...this.usages.values()].filter((one) => one.conversationId === conversationId);
    const changed = new Set(own.map(({ userId }) => userId));
    const unchanged = [...this.base.usagesIn(conversationId)].filter(({ userId }) => !changed.has(userId));
    return [...unchanged, ...own.filter(({ files }) => files > 0)];
  }

  totalUsage(userId?: Id): TotalUsage {
    let { bytes, files } = this.base.totalUsage(userId);
    for (const one of this.usages.values()) {
      if (userId !== undefined && one.userId !== userId) continue;
      const before = this.base.usageIn(one.conversationId, one.userId);
      bytes += one.bytes - before.bytes;
      files += one.files - before.files;
    }
    return { bytes, files };
  }

  async recentMessage(conversationId: Id, messageId: Id): Promise<StoredMessage | undefined> {
    const same = (row: StoredMessage) => row.id === messageId && row.conversationId === conversationId;
    if (this.isDeleted(conversationId)) return undefined;
    const found =
      this.messages.values().find(same) ?? (await this.base.recentMessage(conversationId, messageId));
    return found && (this.messages.get(messageKey(found)) ?? found);
  }

  async message(conversationId: Id, seq: number): Promise<StoredMessage | undefined> {
    if (this.isDeleted(conversationId)) return undefined;
    return this.messages.get(messageKey({ conversationId, seq })) ?? this.base.message(conversationId, seq);
  }

  hiddenOf(conversationId: Id, userId: Id): SeqRanges {
    return this.hidden.get(`${conversationId} ${userId}`) ?? this.base.hiddenOf(conversationId, userId);
  }

  private isDeleted(conversationId: Id): boolean {
    const conversation = this.conversations.get(conversationId);
    return conversation !== undefined && isDeletedGroup(conversation);
  }

  apply(changes: Partial<Changes>): void {
    for (const account of changes.accounts ?? NONE) {
      this.accounts = withRow(this.accounts, account.id, account);
    }
    for (const conversation of changes.conversations ?? NONE) {
      this.conversations = withRow(this.conversations, conversation.id, conversation);
      if (!isDeletedGroup(conversation)) continue;
      for (const usage of this.usagesIn(conversation.id)) this.putUsage({ ...usage, bytes: 0, files: 0 });
    }
    for (const message of changes.messages ?? NONE) this.putMessage(message);
    for (const message of changes.edits ?? NONE) this.putMessage(message);
    for (const { conversationId, userId, seq } of changes.hidden ?? NONE) {
      const ranges = withSeq(this.hiddenOf(conversationId, userId), seq);
      this.hidden = withRow(this.hidden, `${conversationId} ${userId}`, ranges);
    }
    if (changes.invites?.length) this.changedInvites = [...this.changedInvites, ...changes.invites];
    for (const row of changes.uploads ?? NONE) {
      this.changedUploads = withRow(this.changedUploads, fileKey(row), row);
    }
    // A transaction may send into a group and then delete it.
    for (const usage of changes.usages ?? NONE) {
      if (!this.isDeleted(usage.conversationId)) this.putUsage(usage);
    }
  }

  private putMessage(message: StoredMessage): void {
    const header = this.conversation(message.conversationId);
    if (!header) throw new Error('a message needs its conversation');
    this.conversations = withRow(this.conversations, header.id, withMessage(header, message));
    this.messages = withRow(this.messages, messageKey(message), message);
  }

  private putUsage(usage: FileUsage): void {
    this.usages = withRow(this.usages, `${usage.conversationId} ${usage.userId}`, usage);
  }
}

/** Adds or replaces a row; the map of a kind is created with its first row. */
function withRow<Row>(rows: ReadonlyMap<string, Row>, key: string, row: Row): ReadonlyMap<string, Row> {
  return rows === NO_ROWS ? new Map([[key, row]]) : (rows as Map<string, Row>).set(key, row);
}

function messageKey({ conversationId, seq }: Pick<StoredMessage, 'conversationId' | 'seq'>): string {
  return `${conversationId} ${seq}`;
}
