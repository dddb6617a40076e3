import type { ServerTime } from '../clock.ts';
import type { Id, StoredSettings } from '../wire/wire.ts';
import type { AttachmentFiles } from './attachment-files.ts';
import type { PageBudget } from './page-budget.ts';
import type {
  Account,
  Conversation,
  DirectConversation,
  ExpiryProgress,
  FileUsage,
  Group,
  GroupConversation,
  GroupMembership,
  Identity,
  Mark,
  MessageChange,
  NewMessage,
  Seen,
  SignedIn,
  StoredInvite,
  StoredMessage,
  StoredPicture,
  StoredProfile,
  TotalUsage,
  UploadRow,
} from './records.ts';
import type { SeqRanges } from './seq-ranges.ts';
import type { SharedDatabase } from './shared-database.ts';

export type { AttachmentFiles, FileRef } from './attachment-files.ts';
export type { PageBudget } from './page-budget.ts';
export * from './records.ts';
export * from './row-keys.ts';

/** The rows that one transaction sees: all durable rows, and those of the pending transactions before it. */
export interface Tx {
  account(id: Id): Promise<Account | undefined>;
  /** The account with this username, in any case, or else the only one with this former name; no deleted one. */
  accountByName(username: string): Promise<Account | undefined>;
  /** The deleted account that had this username. */
  deletedByName(username: string): Promise<Account | undefined>;
  /** The account that this identity logs in to. */
  accountByIdentity(identity: Identity): Promise<Account | undefined>;
  /** Adds or replaces the account with this id. */
  saveAccount(account: Account): Promise<void>;
  /** Like saveAccount, and notifies the person that their requests or blocks have changed. */
  savePeople(account: Account): Promise<void>;
  /**
   * Replaces the profile of a person and notifies that person, and their contacts too when `isShown`. `picture` is the
   * picture whose id the profile names; a profile without an id has no picture.
   */
  saveProfile(
    userId: Id,
    profile: Omit<StoredProfile, 'rev' | 'shownRev'>,
    more: { isShown: boolean; picture?: StoredPicture | undefined },
  ): Promise<void>;
  conversation(id: Id): Promise<Conversation | undefined>;
  directBetween(a: Id, b: Id): Promise<DirectConversation | undefined>;
  /**
   * Makes each a contact of the other and removes the friend requests between them. Creates their conversation with the
   * id `newId` if they have none yet.
   */
  befriend(a: Id, b: Id, newId: Id): Promise<DirectConversation>;
  /** Removes each from the contacts of the other. Their conversation stays. */
  unfriend(a: Id, b: Id): Promise<void>;
  /** Their conversation, created with the id `newId` if they have none yet. The friendship does not change. */
  openDirect(a: Id, b: Id, newId: Id): Promise<DirectConversation>;
  /**
   * Adds a group, or replaces what it is apart from its messages. Whoever is no member any more gets to know it with the
   * next delta. A `picture` goes with the group that names its id. A group without members is deleted: its messages can
   * no longer be read, within the hour they and their files are erased from the disk, and it never comes back. Uploads to
   * it are discarded.
   * @throws Error when it was deleted, or the id is that of a direct conversation or an account
   */
  saveGroup(id: Id, group: Omit<Group, 'infoRev'>, picture?: StoredPicture): Promise<GroupConversation>;
  /** Replaces who asks to join a group, and who was removed from it. Only admins get it with the next delta. */
  saveRequests(id: Id, lists: Pick<Group, 'requests' | 'removed'>): Promise<GroupConversation>;
  /** Pins a message of a conversation for all members in place of another, or pins none. */
  savePin(id: Id, pinned?: Conversation['pinned']): Promise<void>;
  /** What a person is in each of their groups. */
  membershipsOf(userId: Id): Promise<(GroupMembership & { conversationId: Id })[]>;
  /** The message with this id among the conversation's newest DEDUP_WINDOW messages. */
  recentMessage(conversationId: Id, messageId: Id): Promise<StoredMessage | undefined>;
  message(conversationId: Id, seq: number): Promise<StoredMessage | undefined>;
  hiddenOf(conversationId: Id, userId: Id): Promise<SeqRanges>;
  /**
   * Stores the message, or the system row of a group, with the next seq. The conversation must exist. Its attachments
   * are taken from the open uploads with their ids, of its author to this conversation, which it claims: their rows are
   * deleted, and they count for its author.
   * @throws Error when one is not such an upload, or is named twice
   */
  appendMessage(message: NewMessage): Promise<StoredMessage>;
  /**
   * Replaces the message with the same seq: edited, or deleted for everyone. Its id, members, timestamp and `rev` stay.
   * Attachments that it has no more become discarded uploads.
   * @throws Error when it names an attachment that it did not have
   */
  changeMessage(message: StoredMessage): Promise<StoredMessage>;
  /**
   * Replaces the ciphertexts of a message that has not changed meanwhile: for people nothing changes, and no one learns of it.
   * @throws Error when the message, its edit or its attachments are others
   */
  resealMessage(message: StoredMessage): Promise<void>;
  /** Replaces the ciphertext of a group's name, or of its picture or that of a person, in the same way. */
  resealGroupName(conversationId: Id, name: Group['name']): Promise<void>;
  resealPicture(picture: StoredPicture): Promise<void>;
  /** Sets after how many seconds new messages of a conversation expire; 0: they do not. @throws Error when there is none */
  saveExpiry(conversationId: Id, afterS: number): Promise<void>;
  /**
   * Empties messages that have expired, discards their files, and records how far the sweep of the conversation got.
   * System rows and what has expired already stay as they are. The conversation is announced, the messages are not.
   * @returns the messages as they were
   */
  expireMessages(conversationId: Id, seqs: number[], progress: ExpiryProgress): Promise<StoredMessage[]>;
  /** Hides a message from one person. */
  hideMessage(conversationId: Id, userId: Id, seq: number): Promise<void>;
  /** All invites that are not used up, in the order of their creation. */
  invites(): Promise<StoredInvite[]>;
  /** Adds or replaces the invite with this id, or deletes it once it is used up. */
  saveInvite(invite: StoredInvite): Promise<void>;
  /** All files that no message names. */
  uploads(): Promise<UploadRow[]>;
  /**
   * Adds or replaces the row of an upload, or deletes it (state `removed`), once its bytes are removed.
   * @throws Error when a discarded one would be open again, or one to no conversation
   */
  saveUpload(upload: UploadRow): Promise<void>;
  /** The files in messages of a person, or of everyone. */
  totalUsage(userId?: Id): Promise<TotalUsage>;
  /** Stores marks. Each only rises. */
  saveMarks(marks: Mark[]): Promise<void>;
  /** Stores when people were last online and devices last used, the latest time of each. */
  saveSeen(seen: Seen[]): Promise<void>;
}

/** Describes a durable commit to listeners. `users` are the people for whom something they see has changed. */
export type Commit = {
  revision: number;
  users: ReadonlySet<Id>;
  /** Sender and conversation of each message in it. */
  messages: Pick<StoredMessage, 'conversationId' | 'senderId'>[];
  /** Those people in it who have scheduled texts. */
  scheduling: Id[];
  /** Messages whose texts other processes have replaced or removed, or what belongs to them, and groups that those deleted. */
  replacedElsewhere: Pick<StoredMessage, 'id' | 'conversationId' | 'seq'>[];
  deletedElsewhere: Id[];
  /** Accounts that other processes have changed, as they were and as they are. */
  accountsElsewhere: { before: Account; after: Account }[];
};

/** A sample of sealed rows; messages of the newest conversations first, without system rows. */
export type SealedSample = { messages: StoredMessage[]; accounts: Account[]; groups: GroupConversation[] };

/**
 * The database. Reads return only durable rows, which must never be changed in place.
 * Every backend passes store.contract.ts.
 */
export interface Store extends SharedDatabase {
  /** Identifies the history of this box; a restored backup gets a new epoch, and so does each start of a shared database. */
  readonly epoch: string;
  /** The newest revision here up to which the history with this epoch is that of this box; -1 when it is that of another. */
  historyUpTo(epoch: string): number;
  /** Number of durable commits. */
  revision(): number;
  /**
   * Revision of the newest commit that changed a conversation of this person, their requests, their blocks, their
   * profile or a profile of their contacts; 0 before the first. In memory, and cheap.
   */
  newestFor(userId: Id): number;
  /** When the newest durable commit was made, on the time line of the box; 0 before the first. */
  lastCommitAt(): number;
  /** The time line of this box, which continues from its newest commit. */
  readonly time: ServerTime;

  account(id: Id): Promise<Account | undefined>;
  /** The fields against which the token of each request is checked. In memory, and cheap. */
  signedIn(id: Id): SignedIn | undefined;
  accountByName(username: string): Promise<Account | undefined>;
  /** The account that this identity logs in to. */
  accountByIdentity(identity: Identity): Promise<Account | undefined>;
  /** The number of accounts. In memory, and cheap. */
  accountCount(): number;
  /** All accounts that may log in with this name, in any case: its owner, then those that an import renamed from it. */
  accountsByName(username: string): Promise<Account[]>;
  /** All accounts with reports about them. */
  reportedAccounts(): Promise<Account[]>;
  conversation(id: Id): Promise<Conversation | undefined>;
  directBetween(a: Id, b: Id): Promise<DirectConversation | undefined>;
  /** The conversations as this person sees them: `rev` also covers changes for this person only. */
  conversationsOf(userId: Id): Promise<Conversation[]>;
  /** All invites that are not used up, in the order of their creation. */
  invites(): Promise<StoredInvite[]>;
  recentMessage(conversationId: Id, messageId: Id): Promise<StoredMessage | undefined>;
  message(conversationId: Id, seq: number, budget?: PageBudget): Promise<StoredMessage | undefined>;
  /**
   * The newest `limit` messages with a seq below `before` (of all messages if it is absent), or the oldest `limit` with
   * a seq above `after`; oldest first.
   */
  messages(
    conversationId: Id,
    page: {
      before?: number | undefined;
      after?: number | undefined;
      limit: number;
      budget?: PageBudget | undefined;
    },
  ): Promise<StoredMessage[]>;
  /** Seqs of the messages that a person has hidden from themselves. */
  hiddenOf(conversationId: Id, userId: Id): Promise<SeqRanges>;
  /**
   * Messages of a user's conversations that are new or changed after revision `since`, in the order of change, at most
   * `limit`; each once, as it is now. Undefined when there are more than `max` of them, or when the change log no longer
   * reaches back to `since` (MAX_CHANGES).
   */
  changedMessages(
    userId: Id,
    since: number,
    page: { limit: number; max?: number | undefined; budget?: PageBudget | undefined },
  ): Promise<MessageChange[] | undefined>;
  /** The last seq of a conversation at a revision. */
  lastSeqAt(conversationId: Id, revision: number, budget?: PageBudget): Promise<number>;

  /** The marks of a conversation's members; a member without one is left out. */
  marksOf(conversationId: Id): Promise<Mark[]>;
  /**
   * Raises a mark, which never goes back. @returns whether it was raised. Unlike other changes it is visible at once and
   * becomes durable with a following commit: if a power cut loses it, the next poll of its client raises it again.
   * `isElsewhere`: another process has raised it and stores it.
   */
  raiseMark(mark: Mark, isElsewhere?: boolean): Promise<boolean>;

  /**
   * Some messages of up to `limit` conversations, up to `limit` accounts with a profile and up to `limit` groups, to check
   * that they decrypt.
   */
  sealedSample(limit: number): Promise<SealedSample>;

  /** The ids of all accounts and of all conversations. */
  allIds(): { accounts: Id[]; conversations: Id[] };
  /** The key with which everything is sealed, as far as recordSealedWith has recorded it. */
  sealedWith(): string | undefined;
  /** Records durably that nothing is sealed with another key than `kid`. */
  recordSealedWith(kid: string): Promise<void>;

  /** What owners have set, instead of the environment. In memory, and cheap. */
  settings(): StoredSettings;
  /** Replaces it durably by what `change` makes of it, in turn; undefined: nothing is written. */
  saveSettings(change: (before: StoredSettings) => StoredSettings | undefined): Promise<void>;

  /** The picture of a person, or of a group by its conversation id; undefined when there is none. */
  picture(id: Id): Promise<StoredPicture | undefined>;
  /** When a person was last online, undefined if never. In memory, and cheap. */
  lastSeen(userId: Id): number | undefined;
  /** Records that a person was online or used a device. Visible at once; durable with the next commit or at the close. */
  recordSeen(seen: Seen): void;

  /**
   * Runs `work` alone, makes its changes durable, all or none, and returns its result. `work` awaits nothing but its Tx;
   * if it throws, nothing changes. It may run twice, of which the first time leaves nothing: it changes nothing outside of its Tx.
   * @throws ApiError DISK_FULL or STORAGE_UNAVAILABLE when the changes could not be written.
   */
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * Whether changes can be written, new content too. After a failed write it tries to write: true as soon as there is room
   * again, without a commit in between.
   */
  isWritable(): Promise<boolean>;
  /**
   * Whether the volume is nearly full, so that no new content is to be stored: changes that end access or remove content
   * still succeed. In memory, and cheap.
   */
  isFull(): boolean;
  /** Calls `listener` after each durable commit. @returns a function that removes the listener */
  onCommit(listener: (commit: Commit) => void): () => void;
  /** All files that no message names. In memory, and cheap. */
  uploads(): UploadRow[];
  /** The files in messages of a person, or of everyone. In memory, and cheap. */
  totalUsage(userId?: Id): TotalUsage;
  /**
   * The conversations in which the files of a person use most, at most `count`, the largest first. In memory: it costs a
   * sort of the conversations in which they have files.
   */
  largestUsages(userId: Id, count: number): FileUsage[];
  /** The sealed bytes of files. */
  readonly files: AttachmentFiles;
  /** Resolves after the last accepted transaction is durable. */
  close(): Promise<void>;
}
