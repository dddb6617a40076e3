import type { ServerTime } from '../clock.ts';
import type { Id } from '../wire/wire.ts';
import type {
  Account,
  Conversation,
  DirectConversation,
  Group,
  GroupConversation,
  Mark,
  MessageChange,
  NewMessage,
  Seen,
  SignedIn,
  StoredInvite,
  StoredMessage,
  StoredPicture,
  StoredProfile,
} from './records.ts';
import type { SeqRanges } from './seq-ranges.ts';

export * from './records.ts';

/** What one transaction sees: everything durable and everything pending before it. */
export interface Tx {
  account(id: Id): Promise<Account | undefined>;
  /** Of this name, in any case; else the only one that had it formerly. */
  accountByName(username: string): Promise<Account | undefined>;
  /** Adds or replaces the account of this id. */
  saveAccount(account: Account): Promise<void>;
  /** The same, and tells the account's person: what they see of requests or of whom they blocked has changed. */
  savePeople(account: Account): Promise<void>;
  /**
   * Replaces what an account's person says about themselves, and tells that person; their contacts too when `isShown`.
   * A `picture` goes with the profile that names its id; a profile that names none has none.
   */
  saveProfile(
    userId: Id,
    profile: Omit<StoredProfile, 'rev' | 'shownRev'>,
    more: { isShown: boolean; picture?: StoredPicture | undefined },
  ): Promise<void>;
  conversation(id: Id): Promise<Conversation | undefined>;
  directBetween(a: Id, b: Id): Promise<DirectConversation | undefined>;
  /**
   * Makes both contacts of each other and their conversation, `newId` if they have none yet; what either asked of the
   * other is done with.
   */
  befriend(a: Id, b: Id, newId: Id): Promise<DirectConversation>;
  /** Makes neither a contact of the other. Their conversation stays. */
  unfriend(a: Id, b: Id): Promise<void>;
  /** Their conversation, `newId` if they have none yet; friendship is left as it is. */
  openDirect(a: Id, b: Id, newId: Id): Promise<DirectConversation>;
  /**
   * Adds a group, or replaces what it is apart from its messages. Whoever is no member any more gets to know it with the
   * next delta. A `picture` goes with the group that names its id. A group without members is deleted: its messages are
   * erased from the disk, and it never comes back.
   */
  saveGroup(id: Id, group: Omit<Group, 'infoRev'>, picture?: StoredPicture): Promise<GroupConversation>;
  /** The message of this id among the conversation's newest DEDUP_WINDOW. */
  recentMessage(conversationId: Id, messageId: Id): Promise<StoredMessage | undefined>;
  message(conversationId: Id, seq: number): Promise<StoredMessage | undefined>;
  hiddenOf(conversationId: Id, userId: Id): Promise<SeqRanges>;
  /** Gives the next seq and keeps the message, or the system row of a group. The conversation must exist. */
  appendMessage(message: NewMessage): Promise<StoredMessage>;
  /** Puts a row in the place of the one of its seq: edited, or deleted for everyone. Place, author and `rev` stay. */
  changeMessage(message: StoredMessage): Promise<StoredMessage>;
  /** Hides a message from one person. */
  hideMessage(conversationId: Id, userId: Id, seq: number): Promise<void>;
  /** All that are not used up, in the order they were made. */
  invites(): Promise<StoredInvite[]>;
  /** Adds or replaces the invite of this id; with all its uses used it is forgotten. */
  saveInvite(invite: StoredInvite): Promise<void>;
  /** Keeps marks, each as far as it was ever raised. */
  saveMarks(marks: Mark[]): Promise<void>;
  /** Keeps when people were last there and devices last used, the latest of each. */
  saveSeen(seen: Seen[]): Promise<void>;
}

/** What a commit touched, told after it is durable: the people who are to be told something. */
export type Commit = {
  revision: number;
  users: ReadonlySet<Id>;
  /** The messages in it: who wrote where. */
  messages: Pick<StoredMessage, 'conversationId' | 'senderId'>[];
};

/** Some of what is sealed, the newest first where it is messages. */
export type SealedSample = { messages: StoredMessage[]; accounts: Account[] };

/**
 * Where everything is kept. Reads show what is durable and nothing else; rows are never to be changed in place.
 * Every backend passes store.contract.ts.
 */
export interface Store {
  /** Names this box's history; a restored backup gets another one. */
  readonly epoch: string;
  /** Number of durable commits. */
  revision(): number;
  /**
   * Revision of the newest commit that changed a conversation of this person, their requests, whom they blocked, or
   * what they or their contacts say about themselves; 0 before any: in memory, and cheap.
   */
  newestFor(userId: Id): number;
  /** When the newest durable commit was made, on the time line of the box; 0 before the first. */
  lastCommitAt(): number;
  /** The time of this box, which goes on from its newest commit. */
  readonly time: ServerTime;

  account(id: Id): Promise<Account | undefined>;
  /** What a token of this person is held against, at each request: in memory, and cheap. */
  signedIn(id: Id): SignedIn | undefined;
  accountByName(username: string): Promise<Account | undefined>;
  /** How many accounts there are: in memory, and cheap. */
  accountCount(): number;
  /** Everybody who may log in by this name, in any case: who has it, then those whom an import renamed from it. */
  accountsByName(username: string): Promise<Account[]>;
  /** Everybody of whom somebody reported something. */
  reportedAccounts(): Promise<Account[]>;
  conversation(id: Id): Promise<Conversation | undefined>;
  directBetween(a: Id, b: Id): Promise<DirectConversation | undefined>;
  /** As this person sees them: `rev` counts what changed for them alone too. */
  conversationsOf(userId: Id): Promise<Conversation[]>;
  /** All that are not used up, in the order they were made. */
  invites(): Promise<StoredInvite[]>;
  recentMessage(conversationId: Id, messageId: Id): Promise<StoredMessage | undefined>;
  message(conversationId: Id, seq: number): Promise<StoredMessage | undefined>;
  /**
   * The newest `limit` messages with a seq below `before` (all if absent), or the oldest `limit` above `after`; oldest
   * first.
   */
  messages(
    conversationId: Id,
    page: { before?: number | undefined; after?: number | undefined; limit: number },
  ): Promise<StoredMessage[]>;
  /** Seqs that a person hid from themself. */
  hiddenOf(conversationId: Id, userId: Id): Promise<SeqRanges>;
  /**
   * Messages of a user's conversations that came or changed after revision `since`, in order of change, at most `limit`;
   * each as it is now, once. Undefined when there are more than `max` of them, or changes so long ago that they are
   * not remembered one by one (MAX_CHANGES).
   */
  changedMessages(
    userId: Id,
    since: number,
    page: { limit: number; max?: number | undefined },
  ): Promise<MessageChange[] | undefined>;
  /** The newest seq a conversation had at a revision. */
  lastSeqAt(conversationId: Id, revision: number): Promise<number>;

  /** The marks of a conversation's members who have any, as far as they were raised. */
  marksOf(conversationId: Id): Promise<Mark[]>;
  /**
   * Raises a mark; it never goes back. Answers whether it was raised. Unlike all else it is shown at once and becomes
   * durable later, with another commit: one that a power cut takes heals at the next poll.
   */
  raiseMark(mark: Mark): Promise<boolean>;

  /** Some messages of up to `limit` conversations, and up to `limit` people with a profile: for a look at their seals. */
  sealedSample(limit: number): Promise<SealedSample>;

  /** A person's picture, undefined when they have none. */
  picture(userId: Id): Promise<StoredPicture | undefined>;
  /** When a person was last there, undefined when never: in memory, and cheap. */
  lastSeen(userId: Id): number | undefined;
  /** Somebody was there, or used a device. Shown at once; durable with a commit that is made anyway, or at the end. */
  recordSeen(seen: Seen): void;

  /**
   * Runs `work` alone, then makes its changes durable, all or none, and answers.
   * `work` awaits nothing but its Tx; if it throws, nothing is changed.
   * @throws ApiError DISK_FULL or STORAGE_UNAVAILABLE when the changes could not be written.
   */
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * Whether changes can be written. Where the last could not, it tries: true as soon as there is room again,
   * without a commit in between.
   */
  isWritable(): Promise<boolean>;
  /** Calls `listener` after each durable commit; answers the way to stop that. */
  onCommit(listener: (commit: Commit) => void): () => void;
  /** Ends after the last accepted transaction is durable. */
  close(): Promise<void>;
}

/** The form in which usernames are compared: NFKC, lower case. */
export function foldName(username: string): string {
  return username.normalize('NFKC').toLowerCase();
}

/** The key of a pair of people, whichever is named first. */
export function pairKey(a: Id, b: Id): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
