import type {
  Attachment,
  GroupAction,
  GroupEvent,
  Id,
  Message,
  Poll,
  Profile,
  Reaction,
} from '../../../chat-core/src/wire/wire.ts';
import { type Chat, messageAt } from './chat.ts';
import { isStarred } from './chat-flags.ts';
import { type ConnectionStatus, connectionOfPending } from './connection-status.ts';
import type { FileInfo } from './file-kind.ts';
import { isRemoved } from './message-range.ts';
import type { PendingMessage, PendingMutation } from './pending.ts';
import { reachOf, type Tick, tickOf } from './receipts.ts';
import type { State } from './state.ts';

/** The message a reply quotes. `gone`: nothing of it is shown; `missing`: not read from the server yet. */
export type Quote = { seq: number } & (
  | { kind: 'text'; senderId: Id; own: boolean; text: string; files?: readonly FileInfo[] | undefined }
  | { kind: 'gone' | 'locked' | 'missing' }
);

/** One bubble: a stored message, or a pending one. Both have the id that the page of the author has given it. */
export type Bubble = {
  id: Id;
  own: boolean;
  senderId: Id;
  text: string;
  at: number;
  seq?: number;
  locked?: true;
  deleted?: true;
  edited?: true;
  starred?: true;
  /** It expires. */
  timed?: true;
  forwarded?: true;
  attachments?: Attachment[];
  reactions?: Reaction[];
  /** The text is its question. */
  poll?: Poll;
  /** A system row of a group: there is no text. */
  event?: GroupEvent;
  /** Its sender is a person whom this person has blocked. */
  blocked?: true;
  /** The members of the group that it mentions. */
  mentions?: Id[];
  /** Its edit, which is shown already, or its deletion for everyone is not confirmed yet. */
  mutation?: PendingMutation;
  quote?: Quote;
  /** Of an own message. */
  tick?: Tick;
  pending?: PendingMessage;
};

/** What a message says in a line: a poll its question. */
export const wordsOf = ({ content, poll }: Message): string => (poll ? `📊 ${poll.question}` : content);

/** The files of a message, or of one that is not sent yet. */
export const filesOf = ({
  attachments,
  pending,
}: Pick<Bubble, 'attachments' | 'pending'>): readonly FileInfo[] =>
  attachments ?? pending?.files?.map(({ look, ...file }) => ({ ...file, ...look })) ?? [];

/** What a deleted account is called, in the language of the page. */
let deletedName = '';
export const setDeletedName = (name: string): void => {
  deletedName = name;
};

/** The display name of a person, else the username. */
export function nameOf(person: Profile | null | undefined): string {
  if (person?.deleted) return deletedName || (person.displayName ?? '');
  return person?.displayName || person?.username || '';
}

/** The name of a person by id; empty where nothing is known of them, such as of a member who left long ago. */
export const nameById = (state: State, id: Id): string => nameOf(state.people[id]);

/** Who wrote a message: a person, or for an imported one `~`, whom the importer takes the author for, `~` and the name. */
export const authorOf = ({ senderId, imported }: Message): Id =>
  imported ? `~${imported.userId ?? ''}~${imported.name ?? ''}` : senderId;
/** The author of a line that the app of an archive wrote itself. */
export const NO_AUTHOR = '~~';

/** What a conversation is called: the other person, or the group; one whose name a repair lost, by its members. */
export function chatTitle(state: State, chat: Chat): string {
  return nameOf(faceOf(state, chat));
}

/** The other person of a direct conversation, with the last known profile; undefined in a group. */
export function companion(state: State, chat: Chat): Profile | undefined {
  if (chat.kind === 'group') return undefined;
  const member = chat.members.find(({ id }) => id !== state.me?.id);
  return member && (state.people[member.id] ?? member);
}

/** What notes are called in the language of the page, which sets it. */
export const words = { notes: '' };

/** Whether a conversation is this person's chat with themselves. */
export const isNotes = ({ kind, members }: Pick<Chat, 'kind' | 'members'>): boolean =>
  kind === 'direct' && members.length === 1;

/**
 * Whose picture stands for a conversation: the other person, or the group, which has a name in place of a username; notes
 * too have the id of their conversation.
 */
export function faceOf(state: State, chat: Chat): Profile | undefined {
  const { id, group } = chat;
  if (isNotes(chat)) return { id, username: words.notes };
  if (!group) return companion(state, chat);
  const username = group.name || chat.members.map(nameOf).join(', ');
  return { id, username, ...(group.pictureId ? { pictureId: group.pictureId } : {}) };
}

/** The direct conversation with a person. */
export function chatWith(state: State, userId: Id): Chat | undefined {
  return Object.values(state.chats).find((chat) => companion(state, chat)?.id === userId);
}

export const isFriend = (state: State, userId: Id) => state.friends.some(({ id }) => id === userId);
export const isBlocked = (state: State, userId: Id) => state.blocked.some(({ id }) => id === userId);

/** Whether this person may do something in a group; never in a direct conversation. */
export function isAllowed({ me }: State, { kind, group }: Chat, action: GroupAction): boolean {
  if (!group) return kind === 'group';
  if (group.archive && action !== 'removeMessages' && action !== 'editInfo') return false;
  const role = group.members.find(({ id }) => id === me?.id)?.role ?? 'member';
  return group.permissions[action] === 'everyone' || role !== 'member';
}

/**
 * Whether this person may write there: to friends, and in a group as its permissions say; allowed until it is known who
 * they are.
 */
export function canWrite(state: State, chat: Chat): boolean {
  if (chat.kind === 'group') return isAllowed(state, chat, 'post');
  const person = companion(state, chat);
  return !state.ready || person === undefined || isFriend(state, person.id);
}

export function bubblesOf(state: State, chat: Chat): Bubble[] {
  const shown = chat.jumpWindow?.messages ?? chat.messages;
  const stored = shown
    .filter((message) => !isHidden(state, message))
    .map((message) => bubbleOf(state, chat, message));
  return chat.jumpWindow ? stored : [...stored, ...pendingOf(state, chat)];
}

function bubbleOf(state: State, chat: Chat, message: Message): Bubble {
  const myId = state.me?.id ?? '';
  const senderId = authorOf(message);
  const own = senderId === myId;
  const { seq, deleted, locked, editedAt, replyTo, event, mentions, attachments, reactions, poll } = message;
  const mutation = deleted ? undefined : mutationOf(state, message);
  return {
    id: message.id,
    own,
    senderId,
    text: mutation?.kind === 'edit' ? mutation.text : (poll?.question ?? message.content),
    at: message.timestamp,
    seq,
    ...(!deleted && isStarred(state, chat.id, seq) ? { starred: true } : {}),
    ...(locked ? { locked } : {}),
    ...(deleted ? { deleted } : {}),
    ...(event ? { event } : {}),
    ...(attachments && !deleted ? { attachments } : {}),
    ...(reactions && !deleted ? { reactions } : {}),
    ...(poll && !deleted ? { poll } : {}),
    ...(mentions && !deleted ? { mentions } : {}),
    ...(chat.kind === 'group' && isBlocked(state, senderId) ? { blocked: true } : {}),
    ...(editedAt !== undefined && !deleted ? { edited: true } : {}),
    ...(message.expiresAt && !deleted ? { timed: true } : {}),
    ...(message.forwarded ? { forwarded: true } : {}),
    ...(mutation ? { mutation } : {}),
    ...(replyTo !== undefined && !deleted ? { quote: quoteOf(state, chat, replyTo) } : {}),
    ...(own && !deleted && !event ? { tick: tickOf(seq, reachOf(chat, myId)) } : {}),
  };
}

/** What is shown of a quoted message. */
export function quoteOf(state: State, chat: Chat, seq: number): Quote {
  const message = messageAt(chat, seq);
  if (!message) return { seq, kind: 'missing' };
  if (isRemoved(message) || state.pendingDeletions.includes(message.id)) return { seq, kind: 'gone' };
  if (message.locked) return { seq, kind: 'locked' };
  const senderId = authorOf(message);
  const { attachments: files } = message;
  return { seq, kind: 'text', senderId, own: senderId === state.me?.id, text: wordsOf(message), files };
}

function isHidden(state: State, message: Message): boolean {
  const { id, hidden, expired } = message;
  return (
    hidden === true ||
    expired === true ||
    state.pendingDeletions.includes(id) ||
    mutationOf(state, message)?.kind === 'me'
  );
}

const mutationOf = (state: State, { conversationId, seq }: Message) =>
  state.mutations.find((mutation) => mutation.seq === seq && mutation.conversationId === conversationId);

/** A stored message hides its pending twin, so a bubble that was shown as sent never becomes "sending" again. */
export function pendingOf(state: State, chat: Chat): Bubble[] {
  const waiting = state.outbox.filter((entry) => entry.conversationId === chat.id);
  if (waiting.length === 0) return [];
  const stored = new Set(chat.messages.map((message) => message.id));
  if (chat.last) stored.add(chat.last.id);
  return waiting
    .filter((entry) => !stored.has(entry.id))
    .map((entry) => ({
      id: entry.id,
      own: true,
      senderId: state.me?.id ?? '',
      text: entry.text,
      at: entry.at,
      tick: entry.status,
      pending: entry,
      ...(entry.mentions ? { mentions: entry.mentions } : {}),
      ...(entry.replyTo === undefined ? {} : { quote: quoteOf(state, chat, entry.replyTo) }),
    }));
}

/** The newest known message that this person sees. */
export function lastShown(state: State, chat: Chat): Message | undefined {
  if (chat.last && !isHidden(state, chat.last)) return chat.last;
  return chat.messages.findLast((message) => !isHidden(state, message));
}

/** The other people who are typing in a conversation. */
export function typingIn(state: State, chat: Chat): Id[] {
  return Object.keys(state.typing[chat.id] ?? {}).filter((id) => id !== state.me?.id);
}

/** Whether a person is known to be online; without a connection no one is. */
export function isOnline(state: State, userId: Id): boolean {
  return state.connection === 'ok' && state.presence[userId]?.online === true;
}

/** The longest limited mute is a week; one that ends after this was set while the clock of the server was ahead. */
const MAX_MUTED_MS = 8 * 24 * 60 * 60 * 1_000;

const muteOf = ({ me }: State, conversationId: Id) =>
  (me && 'muted' in me ? me.muted : undefined)?.find((one) => one.conversationId === conversationId);

/** Whether the mute of a group holds for messages that mention this person too. */
export const areMentionsMuted = (state: State, conversationId: Id): boolean =>
  muteOf(state, conversationId)?.mentions === true;

/** Until when a conversation is muted, by the clock of the server: a time, `true` for always, undefined when it is not. */
export function mutedUntil(state: State, conversationId: Id, now: number): number | true | undefined {
  const one = muteOf(state, conversationId);
  const until = one && (one.until ?? true);
  const left = until === true || until === undefined ? until : until - now;
  return left === true || (left && left > 0 && left <= MAX_MUTED_MS) ? until : undefined;
}

/** Since when the connection is broken; undefined while it is not. */
export const disconnectedSince = ({ connection, disconnectedSince: since }: State) =>
  connection === 'ok' ? undefined : since;

/** The status that the banner shows. A server that cannot store or encrypt shows first in the messages that wait for it. */
export function shownConnection(state: State): ConnectionStatus {
  if (state.connection !== 'ok') return state.connection;
  return (
    state.outbox.map((entry) => connectionOfPending(entry.reason)).find((status) => status !== 'ok') ?? 'ok'
  );
}
