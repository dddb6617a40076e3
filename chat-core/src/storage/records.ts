import type { Sealed } from '../cipher/cipher.ts';
import type { GroupEvent, GroupPermissions, GroupRole, Id, NewcomersRead } from '../wire/wire.ts';
import type { GroupArchive, StoredImport } from './archive-records.ts';
import type { ExpiryFields, ExpiryHeader } from './expiry-records.ts';
import type { StoredPoll } from './poll-records.ts';
import type { StoredProfile } from './profile-records.ts';
import type { StoredReactions } from './reaction-records.ts';
import type { StoredScheduled } from './scheduled-records.ts';
import type { StoredSecondFactor } from './second-factor-records.ts';

export * from './archive-records.ts';
export * from './expiry-records.ts';
export * from './poll-records.ts';
export * from './profile-records.ts';
export * from './reaction-records.ts';
export * from './scheduled-records.ts';
export * from './second-factor-records.ts';

/** A device that an account is signed in on. Times are on the time line of the box. */
export type StoredDevice = {
  id: Id;
  name: string;
  createdAt: number;
  lastSeenAt: number;
  /** The client's id of the login that created it, so that a repeated login finds its device. */
  attemptId?: Id;
  /** The second factor that this login used, so that a repeat of it is recognised. */
  factorUsed?: string;
  /** Logged in without a second factor on a box that requires one: until one is set up here, it may do nothing else. */
  needsFactor?: true;
  /** The last confirmation of the password on this device that used a second factor. */
  reauthenticated?: { attemptId: Id; factorUsed: string };
  /** The newest token that was used here, by its `iat`, and since when; older ones end soon after. Absent before the first renewal. */
  token?: { issuedAt: number; since: number };
  push?: StoredPush;
};

/** The Web Push endpoint of a device, the keys of its browser, and how much a notification may show there. */
export type StoredPush = {
  endpoint: string;
  p256dh: string;
  auth: string;
  preview: 'full' | 'name' | 'none';
};

/** A person at a provider (OpenID Connect Core §2): its issuer and their id there, which is never given to another. */
export type Identity = { issuer: string; subject: string };

/**
 * The identity that logs in to an account. `usedAt` is when the newest proof of it that logged in was made: an older one
 * logs in no more. Times are on the time line of the box.
 */
export type StoredIdentity = Identity & { linkedAt: number; usedAt: number };

/** A user account. `password` is a bcrypt hash, `contacts` the ids of mutual friends (the seed's field names). */
export type Account = {
  id: Id;
  username: string;
  password: string;
  contacts: Id[];
  /** The hash comes from another program and is of the password as typed. Absent after the next password change. */
  rawPassword?: true;
  /** The account was made without a password: its hash is of none. Absent once one was set. */
  noPassword?: true;
  identity?: StoredIdentity;
  /** Ids of the people this person has blocked. */
  blocked?: Id[];
  /** Ids of the people this person has sent a friend request to, and of those who have sent one to this person. */
  asked?: Id[];
  askedBy?: Id[];
  /** Revision of the last change of `blocked`, `asked` or `askedBy`. */
  peopleRev?: number;
  /** Reports about this person, oldest first, for the operator. */
  reports?: Report[];
  /** The username before an import renamed the account; it is still valid for a login. */
  formerName?: string;
  /** A token is valid only while it carries this number and the id of one of `devices`. */
  tokenVersion: number;
  devices: StoredDevice[];
  /** The client's id of the registration that created it, so that a repeated registration finds its account. */
  attemptId?: Id;
  /** The last token version that a logout on all devices ended. */
  loggedOutVersion?: number;
  /** Hashes of the invites that this person accepted most recently, oldest first. */
  acceptedInvites?: string[];
  /** A code that sets a new password once, until `expiresAt`. Only its hash is stored. */
  reset?: { hash: string; expiresAt: number; removesSecondFactor?: true };
  /** The code that set the password, stored until it would have expired, so that a repeated reset succeeds. */
  usedReset?: { hash: string; expiresAt: number };
  /** Wrong guesses in a row at the password of an account under attack, and the server time of the next one. */
  guesses?: { count: number; nextAt: number };
  /** An owner of the box: the routes /owner are theirs. */
  owner?: true;
  /** May not log in; has no devices. */
  suspended?: true;
  /**
   * When the account was deleted, on the time line of the box. What is left is its id, for the messages that others read,
   * and its name, which no one else may take for a while. No name or identity finds it.
   */
  deletedAt?: number;
  /** The quota of this person's files in MB, instead of that of the box. */
  quotaMb?: number;
  secondFactor?: StoredSecondFactor;
  /** Texts to be sent later, in the order of their times. */
  scheduled?: StoredScheduled[];
  profile?: StoredProfile;
  /**
   * Groups this person was removed from or left, and in which commit, the newest MAX_DEPARTED. One that they joined again
   * since stays, so that a client that missed both forgets its copy.
   */
  departed?: { conversationId: Id; rev: number; rejoined?: true }[];
};

/** A report about a person, with one of their messages or without. `at` is on the time line of the box. */
export type Report = {
  by: Id;
  reason: 'spam' | 'abuse' | 'other';
  at: number;
  conversationId?: Id;
  seq?: number;
};

/** The picture of a person, or of a group by its conversation id, sealed in pieces. Each piece is bound to its index. */
export type StoredPicture = { userId: Id; id: Id; edit: number; pieces: Sealed[] };

/** When a person was last online, in whole minutes; with `deviceId`, when that device was last used, and its newest token. */
export type Seen = { userId: Id; at: number; deviceId?: Id; token?: NonNullable<StoredDevice['token']> };

/** The fields against which a token or a ticket is checked, and those that decide whether a message is pushed to a device. */
export type SignedIn = Pick<
  Account,
  'tokenVersion' | 'devices' | 'blocked' | 'profile' | 'secondFactor' | 'owner' | 'suspended' | 'quotaMb'
>;

type Header = {
  id: Id;
  lastSeq: number;
  /** Revision of the last change of this header. */
  rev: number;
  /** The message that is pinned for all members, and who pinned it. Deleting the message unpins it, and so does its expiry. */
  pinned?: { seq: number; by: Id; expiresAt?: number };
} & ExpiryHeader;

/**
 * A direct conversation is made with the friendship, one per pair for ever. `members` are sorted; both are the same person in
 * the notes of one.
 */
export type DirectConversation = Header & {
  kind: 'direct';
  members: [Id, Id];
  /** Revision of the commit in which the two members became friends, 0 if they never did. */
  befriendedRev: number;
  /** Revision of the commit in which the friendship last ended. */
  unfriendedRev?: number;
};

/**
 * A group; `members` are the ids of `group.members` in the same order. A deleted group has none, for ever, and its
 * `lastSeq` is 0: its messages are erased. Its id is that of no account.
 */
export type GroupConversation = Header & { kind: 'group'; members: Id[]; group: Group };

export type Conversation = DirectConversation | GroupConversation;

/** What a group is apart from its messages. */
export type Group = {
  /** Counts the changes of name and picture, to which their ciphertexts are bound. */
  edit: number;
  name: Sealed & { edit: number };
  /** The id changes with the picture, which is a row of its own, under the id of the conversation. */
  picture?: { id: Id; edit: number };
  /** In the order in which they joined. */
  members: GroupMembership[];
  permissions: GroupPermissions;
  newcomersRead: NewcomersRead;
  archive?: GroupArchive;
  /** People who used a link that needs an approval, oldest first. */
  requests?: Id[];
  /** Revision of the last change of `requests` alone, which only admins see. */
  requestsRev?: number;
  /** People whom an admin removed or refused, oldest first: a link lets them in again only after an approval. */
  removed?: Id[];
  /** Revision of the last change of this object. */
  infoRev: number;
};

/**
 * `fromSeq`: the oldest message the member may read; `joinedSeq`: the newest seq when they joined; `addedBy`: who added
 * them, absent for those who created the group or joined it themselves.
 */
export type GroupMembership = {
  userId: Id;
  role: GroupRole;
  fromSeq: number;
  joinedSeq: number;
  addedBy?: Id;
};

/** `content` is base64(nonce12 ‖ ciphertext ‖ tag16), encrypted with the key `kid`; it is never plaintext. */
export type StoredMessage = {
  id: Id;
  conversationId: Id;
  seq: number;
  senderId: Id;
  /** The other person of a direct conversation. */
  receiverId?: Id;
  content: string;
  /** The time that people see. It never decreases within a conversation, except after one that is more than a day ahead. */
  timestamp: number;
  /** When it was sent, on the time line of the box, if that differs from `timestamp` (docs/decisions/0024). */
  sentAt?: number;
  v: 1;
  kid: string;
  /** Revision of the commit that appended it. It ascends with seq. */
  rev: number;
  /** Revision of its last change, absent before the first. */
  changedRev?: number;
  /** Number of its last edit, to which its ciphertext is bound; absent before the first. */
  edit?: number;
  editedAt?: number;
  /** When it was deleted for everyone. Its content is then empty. */
  deletedAt?: number;
  /** The seq of the message it replies to. */
  replyTo?: number;
  /** Members of the group whom it names. */
  mentions?: Id[];
  /** A system row of a group: it has no content and was never sealed. */
  event?: GroupEvent;
  imported?: StoredImport;
  /** Its files, in the order in which its author named them. */
  attachments?: StoredAttachment[];
  /** Its author forwarded it from a message that they could read. */
  forwarded?: true;
  reactions?: StoredReactions;
  poll?: StoredPoll;
} & ExpiryFields;

/**
 * A file of a message. `key` is its random key, wrapped by cipher-service; `metadata` is JSON, sealed; `size` is the
 * number of its unsealed bytes. The bytes are in the AttachmentFiles of the store.
 */
export type StoredAttachment = {
  id: Id;
  size: number;
  key: Sealed;
  metadata: Sealed;
  /** A repair or an import found its bytes missing, or not as many as they should be. */
  lost?: true;
};

/**
 * A file that no message names: `open` while it is uploaded and until a message claims it; `discarded` until its bytes
 * are removed. Thus every file on the disk has a row, here or in a message. A removed one is deleted.
 */
export type UploadRow =
  | (StoredAttachment & { state: 'open'; conversationId: Id; userId: Id; createdAt: number })
  | { state: 'discarded' | 'removed'; id: Id; conversationId: Id };
export type OpenUpload = Extract<UploadRow, { state: 'open' }>;

/** Number and unsealed bytes of the files that a person has in the messages of a conversation. */
export type FileUsage = { conversationId: Id; userId: Id; bytes: number; files: number };

/** Number and unsealed bytes of the files of a person, or of everyone. */
export type TotalUsage = Pick<FileUsage, 'bytes' | 'files'>;

export type NewMessage = Omit<StoredMessage, 'seq' | 'rev' | 'receiverId'>;

/** A message that one person has hidden from themselves, and the revision of that change. */
export type HiddenMessage = { conversationId: Id; userId: Id; seq: number; rev: number };

/** A message that is new or changed for a person, and the revision of that change. */
export type MessageChange = { rev: number; message: StoredMessage };

/** The receipts of a person in a conversation: the newest seq delivered to them, and the newest seq they have read. */
export type Mark = { conversationId: Id; userId: Id; delivered: number; read: number };

/**
 * An invite: its code allows `uses` registrations or friendships until `expiresAt`. Only the hash of the code is stored.
 * `by` is the person who created it, absent for the operator. A used-up invite is deleted.
 */
export type StoredInvite = {
  id: Id;
  hash: string;
  by?: Id;
  uses: number;
  used: number;
  createdAt: number;
  expiresAt: number;
  /** It lets people into this group and nowhere else; with `approval` an admin decides. */
  conversationId?: Id;
  approval?: true;
  /** A link that lets no one in any more, stored until it expires, so that a repeated request does not make it anew. */
  ended?: true;
};

/** Number of a conversation's newest messages that are searched for a repeated id (design §3). */
export const DEDUP_WINDOW = 512;
/** Number of changed messages per conversation that the change log lists, for clients that poll. */
export const MAX_CHANGES = 256;
/** So many departures of a person are remembered; with an older cursor they get the whole state. */
export const MAX_DEPARTED = 64;
