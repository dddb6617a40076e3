import type { Id } from '../wire.ts';
import { type Changes, changesOf, putInvite, type Rows, withMessage } from './rows.ts';
import {
  type Account,
  type Conversation,
  foldName,
  type Mark,
  type NewMessage,
  pairKey,
  type StoredInvite,
  type StoredMessage,
  type Tx,
} from './store.ts';

/** Rows that are written but not durable yet, laid over those beneath. */
export class Pending implements Rows {
  private readonly beneath: Rows;
  private readonly accounts = new Map<Id, Account>();
  private readonly conversations = new Map<Id, Conversation>();
  private readonly messages: StoredMessage[] = [];
  private readonly changedInvites: StoredInvite[] = [];

  constructor(beneath: Rows) {
    this.beneath = beneath;
  }

  account(id: Id): Account | undefined {
    return this.accounts.get(id) ?? this.beneath.account(id);
  }

  accountByName(username: string): Account | undefined {
    const name = foldName(username);
    const pending = this.accounts.values().find((account) => foldName(account.username) === name);
    if (pending) return pending;
    const beneath = this.beneath.accountByName(username);
    if (beneath) return this.accounts.get(beneath.id) ?? beneath;
    const former = [...this.accounts.values()].filter(
      ({ formerName }) => formerName !== undefined && foldName(formerName) === name,
    );
    return former.length === 1 ? former[0] : undefined;
  }

  conversation(id: Id): Conversation | undefined {
    return this.conversations.get(id) ?? this.beneath.conversation(id);
  }

  directBetween(a: Id, b: Id): Conversation | undefined {
    const pair = pairKey(a, b);
    const pending = this.conversations.values().find(({ members }) => pairKey(...members) === pair);
    return pending ?? this.beneath.directBetween(a, b);
  }

  invites(): Iterable<StoredInvite> {
    if (this.changedInvites.length === 0) return this.beneath.invites();
    const invites = new Map([...this.beneath.invites()].map((invite) => [invite.id, invite]));
    for (const invite of this.changedInvites) putInvite(invites, invite);
    return invites.values();
  }

  async recentMessage(conversationId: Id, messageId: Id): Promise<StoredMessage | undefined> {
    const same = (row: StoredMessage) => row.id === messageId && row.conversationId === conversationId;
    return this.messages.find(same) ?? this.beneath.recentMessage(conversationId, messageId);
  }

  apply(changes: Changes): void {
    for (const account of changes.accounts) this.accounts.set(account.id, account);
    for (const conversation of changes.conversations) this.conversations.set(conversation.id, conversation);
    for (const message of changes.messages) {
      const header = this.conversation(message.conversationId);
      if (!header) throw new Error('a message needs its conversation');
      this.conversations.set(header.id, withMessage(header, message));
      this.messages.push(message);
    }
    this.changedInvites.push(...changes.invites);
  }
}

/** One transaction: its own rows upon those before it, all stamped with the revision its commit will have. */
export class Draft implements Tx {
  /** What it has written so far. */
  readonly changes: Changes = changesOf({});
  private readonly rows: Pending;
  private readonly rev: number;

  constructor(beneath: Rows, rev: number) {
    this.rows = new Pending(beneath);
    this.rev = rev;
  }

  isEmpty(): boolean {
    return Object.values(this.changes).every((rows) => rows.length === 0);
  }

  async account(id: Id): Promise<Account | undefined> {
    return this.rows.account(id);
  }

  async accountByName(username: string): Promise<Account | undefined> {
    return this.rows.accountByName(username);
  }

  async conversation(id: Id): Promise<Conversation | undefined> {
    return this.rows.conversation(id);
  }

  async directBetween(a: Id, b: Id): Promise<Conversation | undefined> {
    return this.rows.directBetween(a, b);
  }

  async recentMessage(conversationId: Id, messageId: Id): Promise<StoredMessage | undefined> {
    return this.rows.recentMessage(conversationId, messageId);
  }

  async saveAccount(account: Account): Promise<void> {
    this.put({ accounts: [account] });
  }

  async savePeople(account: Account): Promise<void> {
    this.put({ accounts: [{ ...account, peopleRev: this.rev }] });
  }

  async befriend(a: Id, b: Id, newId: Id): Promise<Conversation> {
    const accounts = [this.withContact(a, b), this.withContact(b, a)];
    const known = this.rows.directBetween(a, b) ?? this.newDirect(a, b, newId);
    const conversation: Conversation = { ...known, befriendedRev: this.rev, rev: this.rev };
    this.put({ accounts, conversations: [conversation] });
    return conversation;
  }

  async unfriend(a: Id, b: Id): Promise<void> {
    const accounts = [this.withoutContact(a, b), this.withoutContact(b, a)];
    const known = this.rows.directBetween(a, b);
    if (!known) throw new Error('friends have a conversation');
    this.put({ accounts, conversations: [{ ...known, unfriendedRev: this.rev, rev: this.rev }] });
  }

  async openDirect(a: Id, b: Id, newId: Id): Promise<Conversation> {
    const known = this.rows.directBetween(a, b);
    if (known) return known;
    const conversation = this.newDirect(a, b, newId);
    this.put({ conversations: [conversation] });
    return conversation;
  }

  async appendMessage(message: NewMessage): Promise<StoredMessage> {
    const conversation = this.rows.conversation(message.conversationId);
    if (!conversation) throw new Error('a message needs its conversation');
    const receiverId = conversation.members.find((id) => id !== message.senderId) ?? message.senderId;
    const stored: StoredMessage = { ...message, receiverId, seq: conversation.lastSeq + 1, rev: this.rev };
    this.put({ messages: [stored] });
    return stored;
  }

  async invites(): Promise<StoredInvite[]> {
    return [...this.rows.invites()];
  }

  async saveInvite(invite: StoredInvite): Promise<void> {
    this.put({ invites: [invite] });
  }

  async saveMarks(marks: Mark[]): Promise<void> {
    this.put({ marks });
  }

  private newDirect(a: Id, b: Id, id: Id): Conversation {
    const members: [Id, Id] = a < b ? [a, b] : [b, a];
    return { id, kind: 'direct', members, lastSeq: 0, befriendedRev: 0, rev: this.rev };
  }

  private withContact(id: Id, friend: Id): Account {
    const account = this.bothSides(id);
    const { asked = [], askedBy = [] } = account;
    const friends = { ...account, contacts: [...new Set([...account.contacts, friend])] };
    if (!asked.includes(friend) && !askedBy.includes(friend)) return friends;
    const others = (ids: Id[]) => ids.filter((other) => other !== friend);
    return { ...friends, asked: others(asked), askedBy: others(askedBy), peopleRev: this.rev };
  }

  private withoutContact(id: Id, friend: Id): Account {
    const account = this.bothSides(id);
    return { ...account, contacts: account.contacts.filter((contact) => contact !== friend) };
  }

  private bothSides(id: Id): Account {
    const account = this.rows.account(id);
    if (!account) throw new Error('a friendship needs both accounts');
    return account;
  }

  private put(part: Partial<Changes>): void {
    const changes = changesOf(part);
    this.rows.apply(changes);
    this.changes.accounts.push(...changes.accounts);
    this.changes.conversations.push(...changes.conversations);
    this.changes.messages.push(...changes.messages);
    this.changes.marks.push(...changes.marks);
    this.changes.invites.push(...changes.invites);
  }
}
