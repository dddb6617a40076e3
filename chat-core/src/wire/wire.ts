/**
 * Every request and answer of the API, as they travel. The page imports this file for its types only.
 * Times are epoch milliseconds; a seq counts 1, 2, 3… without holes within one conversation.
 */

/** A UUID in its canonical lower-case form. */
export type Id = string;

/**
 * `inviteCode` goes with a registration, `deviceName` with a login. `attemptId` is a UUID the client makes for one
 * attempt: with it the same request can be repeated after a lost answer.
 */
export type Credentials = {
  username: string;
  password: string;
  inviteCode?: string;
  deviceName?: string;
  attemptId?: Id;
};
/** What others see of a person. `pictureId` changes with the picture. */
export type Profile = { id: Id; username: string; displayName?: string; about?: string; pictureId?: Id };
/** Whom somebody lets know: people they have a conversation with, their friends, or nobody. */
export type Audience = 'everyone' | 'contacts' | 'nobody';
/** What a person lets others know of them; who hides something does not see it of others. */
export type Privacy = { lastSeen: Audience; typing: Audience; readReceipts: boolean };
/** A conversation somebody is not told of, for ever or `until` a time. */
export type Muted = { conversationId: Id; until?: number };
export type MuteFor = '8h' | '1w' | 'always' | 'off';
export type Mute = { conversationId: Id; for: MuteFor };
export type MuteAnswer = { muted: Muted[] };
export type Me = Profile & { privacy: Privacy; muted?: Muted[] };
/** `type` is what the bytes are: image/webp, image/jpeg or image/png; `data` is base64. */
export type Picture = { type: 'image/webp' | 'image/jpeg' | 'image/png'; data: string };
/** Only what is named changes. An empty text, and null for the picture, takes it away. */
export type EditMe = {
  displayName?: string;
  about?: string;
  picture?: Picture | null;
  privacy?: Partial<Privacy>;
};
export type PictureAnswer = Picture & { id: Id };
/** Somebody is writing in a conversation, for so many milliseconds from now unless they say so again; 0: no more. */
export type Typing = { conversationId: Id; userId: Id; forMs: number };
/** Whether somebody is there; `lastSeenAt`, in whole minutes, when they are not and it is known and shown. */
export type Presence = { userId: Id; online: boolean; lastSeenAt?: number };
export type Friend = Profile;
export type Member = Profile;

export type LoginAnswer = Profile & { contacts: Id[]; token: string };
export type TokenAnswer = { token: string };
export type ChangePassword = { userId: Id; currentPassword: string; newPassword: string };
export type ChangePasswordAnswer = { message: string; token: string };
export type Logout = { everywhere?: boolean };

/** One place an account is signed in. `current` marks the one that asks. */
export type Device = { id: Id; name: string; createdAt: number; lastSeenAt: number; current: boolean };

export type AddFriend = { myId: Id; friendUsername: string };
/** Friends now, or asked to be, where the box has it so. */
export type AddFriendAnswer = { message: string; contact: Friend } | { message: string; requested: Profile };
/** Who asks the asking person to be friends, and whom they have asked, in the order of asking. */
export type FriendRequests = { incoming: Profile[]; outgoing: Profile[] };
export type ReportReason = 'spam' | 'abuse' | 'other';
/** A message is named by its conversation and seq. */
export type ReportPerson = { userId: Id; reason: ReportReason; conversationId?: Id; seq?: number };

/** The page's link of one is <page>/#/invite/<code>; the code is told once, by the answer that made it. */
export type Invite = { id: Id; uses: number; used: number; createdAt: number; expiresAt: number };
/** 1 use and 7 days unless said; at most 50 and 30. A `code` the client made makes the request repeatable. */
export type NewInvite = { uses?: number; days?: number; code?: string };
export type NewInviteAnswer = Invite & { code: string };
/** `by`: the username of who invites, absent where the operator of the box does. */
export type LookAtInviteAnswer = { by?: string };

/** What kind of box this is; `editMs`: how long a message can be edited. */
export type Box = {
  registration: 'open' | 'invite' | 'closed';
  friendship: 'instant' | 'request';
  editMs: number;
};

/** Exactly one of `receiverId` and `conversationId` is enough; both must name the same conversation. */
export type SendMessage = {
  senderId: Id;
  receiverId?: Id;
  conversationId?: Id;
  message: string;
  clientMessageId?: Id;
  /** The seq of the message of this conversation that it answers. */
  replyTo?: number;
};

/**
 * `locked` marks a row that would not open, `deleted` one deleted for everyone, `hidden` one the asking person deleted for
 * themself alone: `content` is then empty. `replyTo` is a seq, never a copy.
 */
export type Message = {
  id: Id;
  conversationId: Id;
  seq: number;
  senderId: Id;
  receiverId?: Id;
  content: string;
  /** For people; the order of a conversation is `seq`, that of conversations the `rev` of their newest. */
  timestamp: number;
  /** Counts the changes of this box: of two messages the later has the greater. */
  rev: number;
  locked?: true;
  editedAt?: number;
  deleted?: true;
  hidden?: true;
  replyTo?: number;
};

/** `unread` counts what others wrote after the asking person's read mark. */
export type Conversation = {
  id: Id;
  kind: 'direct';
  members: Member[];
  lastSeq: number;
  unread: number;
  last?: Message;
};

/** How far a person has got in a conversation: the seq of the newest message that reached them, and that they read. */
export type Mark = { conversationId: Id; userId: Id; delivered: number; read: number };
export type ReadUpTo = { conversationId: Id; seq: number };
export type ReadUpToAnswer = Mark & { unread: number };

/** What the person before the page does: sets the pace of polls. */
export type Activity = 'active' | 'idle' | 'hidden';

/**
 * What changed since a cursor. `reset`: forget what you hold, this is the whole state (messages come by history).
 * `more`: poll again at once. Messages are applied by (conversationId, seq); the cursor is kept together with them.
 */
export type Delta = {
  cursor: string;
  pollAfterMs: number;
  reset?: true;
  more?: true;
  me?: Me;
  friends?: Friend[];
  gone?: { friends?: Id[] };
  /** The whole list each time it changed, or may have. */
  requests?: FriendRequests;
  blocked?: Profile[];
  conversations?: Conversation[];
  messages?: Message[];
  marks?: Mark[];
  typing?: Typing[];
  presence?: Presence[];
};

/** How much of a message a notification shows: its text too, its writer alone, or neither. */
export type PushPreview = 'full' | 'name' | 'none';
/** As the browser's PushSubscription has it; `preview` is `name` unless said. */
export type PushSubscribe = {
  endpoint: string;
  keys: { p256dh: string; auth: string };
  preview?: PushPreview;
};
export type PushKeyAnswer = { key: string };
/** What a push carries, sealed for the browser alone. `count`: messages of the conversation that are not read. */
export type PushNotice =
  | { type: 'message'; conversationId: Id; count: number; name?: string; text?: string }
  | { type: 'test' };

export type Done = { message: string };
/** Every answer that is not success. `requestId` stands beside INTERNAL alone, for the operator's log. */
export type Failure = { error: string; code: string; requestId?: string };
