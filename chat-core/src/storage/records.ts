import type { Sealed } from '../cipher/cipher.ts';
import type {
  GroupEvent,
  GroupPermissions,
  GroupRole,
  Id,
  Muted,
  NewcomersRead,
  Privacy,
} from '../wire/wire.ts';

/** One place an account is signed in; times are of the time line of the box. */
export type StoredDevice = {
  id: Id;
  name: string;
  createdAt: number;
  lastSeenAt: number;
  /** The client's id of the login that made it: the login repeated finds its device. */
  attemptId?: Id;
  push?: StoredPush;
};

/** Where a device is reached by Web Push, the keys of its browser, and how much a notification may show there. */
export type StoredPush = {
  endpoint: string;
  p256dh: string;
  auth: string;
  preview: 'full' | 'name' | 'none';
};

/** A person. `password` is a bcrypt hash, `contacts` the ids of mutual friends (seed's field names). */
export type Account = {
  id: Id;
  username: string;
  password: string;
  contacts: Id[];
  /** Another program made the hash of the text as it was typed, until the password is changed. */
  rawPassword?: true;
  /** Ids of people this one has blocked. */
  blocked?: Id[];
  /** Ids of people this one has asked to be friends, and of those who ask this one. */
  asked?: Id[];
  askedBy?: Id[];
  /** Revision of the last change of what this person sees in `blocked`, `asked` and `askedBy`. */
  peopleRev?: number;
  /** What others reported of this person, oldest first, for whoever runs the box. */
  reports?: Report[];
  /** What an import renamed it from; it still logs in by it. */
  formerName?: string;
  /** A token is good only while it carries this number and one of `devices`. */
  tokenVersion: number;
  devices: StoredDevice[];
  /** The client's id of the registration that made it: the registration repeated finds its account. */
  attemptId?: Id;
  /** The last version that a logout everywhere ended. */
  loggedOutVersion?: number;
  /** Hashes of the invites this person accepted last, oldest first. */
  acceptedInvites?: string[];
  /** Sets a new password once, until `expiresAt`; `hash` is all that is kept of the code. */
  reset?: { hash: string; expiresAt: number };
  /** The code that set the password, kept until it would have expired: the same reset repeated succeeds. */
  usedReset?: { hash: string; expiresAt: number };
  profile?: StoredProfile;
  /** Groups this person was removed from or left, and in which commit, the newest MAX_DEPARTED. */
  departed?: { conversationId: Id; rev: number }[];
};

/** Somebody reported a person, and maybe one message of theirs; `at` is of the time line of the box. */
export type Report = {
  by: Id;
  reason: 'spam' | 'abuse' | 'other';
  at: number;
  conversationId?: Id;
  seq?: number;
};

/** What a person says about themselves and lets others know; `edit` counts the changes of texts and picture. */
export type StoredProfile = {
  edit: number;
  /** Sealed, with the number of the change that wrote them. */
  texts?: Sealed & { edit: number };
  /** The id changes with the picture, which is a row of its own. */
  picture?: { id: Id; edit: number };
  /** Unset while it is what everybody begins with. */
  privacy?: Privacy;
  /** Conversations this person is not told of; those whose time is over go with the next change. */
  muted?: Muted[];
  /** Revision of the last change, and of the last one that others see. */
  rev: number;
  shownRev: number;
};

/** The picture of a person, or of a group by its conversation id, sealed in pieces, each of which is tied to its place. */
export type StoredPicture = { userId: Id; id: Id; edit: number; pieces: Sealed[] };

/** When somebody was last there, in whole minutes, or with `deviceId` when that device of theirs was last used. */
export type Seen = { userId: Id; at: number; deviceId?: Id };

/** By what a token is good. */
export type SignedIn = Pick<Account, 'tokenVersion' | 'devices'>;

type Header = {
  id: Id;
  lastSeq: number;
  /** Revision of the last change of this header. */
  rev: number;
};

/** A direct conversation is made with the friendship, one per pair for ever. `members` are sorted. */
export type DirectConversation = Header & {
  kind: 'direct';
  members: [Id, Id];
  /** Revision of the commit in which the two became friends, 0 when they never did. */
  befriendedRev: number;
  /** Revision of the commit in which the two last ceased to be friends. */
  unfriendedRev?: number;
};

/** A group; `members` are the ids of `group.members` in the same order. A deleted group has none, for ever. */
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
  /** People who used a link that needs an approval, oldest first. */
  requests?: Id[];
  /** People whom an admin removed, oldest first: a link lets them in again only after an approval. */
  removed?: Id[];
  /** Revision of the last change of this object. */
  infoRev: number;
};

/** `fromSeq`: the oldest message the member may read; `joinedSeq`: the newest seq when they joined. */
export type GroupMembership = { userId: Id; role: GroupRole; fromSeq: number; joinedSeq: number };

/** `content` is base64(nonce12 ‖ ciphertext ‖ tag16) by the key `kid`, never readable text. */
export type StoredMessage = {
  id: Id;
  conversationId: Id;
  seq: number;
  senderId: Id;
  /** The other person of a direct conversation. */
  receiverId?: Id;
  content: string;
  /** The time people see: it never falls within a conversation, but after one that is more than a day ahead. */
  timestamp: number;
  /** When it was sent on the time line of the box, where the timestamp does not say that (docs/decisions/0024). */
  sentAt?: number;
  v: 1;
  kid: string;
  /** Revision of the commit that appended it: ascends with seq. */
  rev: number;
  /** Revision of its last change, absent before any. */
  changedRev?: number;
  /** Number of its last edit, to which its ciphertext is tied; absent before any. */
  edit?: number;
  editedAt?: number;
  /** When it was deleted for everyone: its content is empty then. */
  deletedAt?: number;
  /** The seq of the message it answers. */
  replyTo?: number;
  /** Members of the group whom it names. */
  mentions?: Id[];
  /** A system row of a group: it has no content and was never sealed. */
  event?: GroupEvent;
};

export type NewMessage = Omit<StoredMessage, 'seq' | 'rev' | 'receiverId'>;

/** A message that one person does not want to see any more. `rev` is the revision of that. */
export type HiddenMessage = { conversationId: Id; userId: Id; seq: number; rev: number };

/** A message that is new to a person, or has changed for them, and the revision in which that was. */
export type MessageChange = { rev: number; message: StoredMessage };

/** How far a person has got in a conversation: the newest seq that reached them, and the newest they read. */
export type Mark = { conversationId: Id; userId: Id; delivered: number; read: number };

/**
 * Lets somebody in who has its code, of which `hash` is all that is kept, until `expiresAt`. `by` is who made it, nobody
 * when the operator did. One that is used up is forgotten.
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
};

/** How many of a conversation's newest messages are searched for a repeated id (design §3). */
export const DEDUP_WINDOW = 512;
/** So many changed messages of a conversation are remembered one by one, for those who follow. */
export const MAX_CHANGES = 256;
/** So many departures of a person are remembered; with an older cursor they get the whole state. */
export const MAX_DEPARTED = 64;
