import { costOf, MAX_COST } from '../../auth/passwords.ts';
import { writePollText } from '../../polls/poll-text.ts';
import { NO_PASSWORD, toId } from '../../storage/foreign-ids.ts';
import type { StoredImport } from '../../storage/store.ts';
import type { GroupEvent, Id } from '../../wire/wire.ts';
import {
  readDirect,
  readOmitted,
  readSettings,
  type SeedDirect,
  type SeedSettings,
} from '../export-settings/seed-settings.ts';
import { readSeedPoll, type SeedPoll } from './import-polls.ts';
import { readSeedReactions, type SeedReactions } from './import-reactions.ts';
import { readAttachments, type SeedAttachment } from './seed-attachments.ts';
import { listOf, userIds } from './seed-fields.ts';
import { readEvent, readGroup, readImported, type SeedGroup } from './seed-groups.ts';
import { readTime, type SeedTime } from './seed-times.ts';

const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;
/** Unreadable times shown as examples. */
const MAX_EXAMPLES = 5;

/** A user of the file. `contacts` are ids as accounts have them. */
export type SeedUser = {
  id: Id;
  username: string;
  password: string;
  contacts: Id[];
  /** The hash is of the password as it was typed, unless a Bisik wrote that it is not. */
  rawPassword?: true;
  suspended?: true;
  quotaMb?: number;
  deletedAt?: number;
  /** The hash had a higher cost than logins here compare. */
  isTooCostly?: true;
  formerName?: string;
  settings?: SeedSettings;
} & Lists;

/** Blocks and friend requests, which only a Bisik export has. */
export type Lists = { blocked: Id[]; asked: Id[]; askedBy: Id[] };

/** A message of the file; the optional fields are those of a Bisik export. */
export type SeedRow = {
  id: Id;
  senderId: Id;
  /** Absent in a group. */
  receiverId?: Id;
  /** The group of the file that it belongs to. */
  groupId?: Id;
  content: string;
  timestamp: number;
  /** The row's own time is unreadable, and `timestamp` is that of a neighbour. */
  isTimeGuessed?: true;
  /** Written by a readable export: its content is text, even in the format of ciphertext. */
  readable: boolean;
  conversationId?: Id;
  seq?: number;
  sealed?: { v: 1; kid: string };
  /** The number of edits; the ciphertext is bound to it. */
  edit?: number;
  editedAt?: number;
  /** Where it was deleted for everyone. */
  deletedAt?: number;
  /** When it expires. */
  expiresAt?: number;
  /** The seq, in the file, of the message it answers. */
  replyTo?: number;
  /** Who deleted it for themselves. */
  hiddenFor: Id[];
  /** In a group: whom it names, and what a system row says. */
  mentions?: Id[];
  event?: GroupEvent;
  /** Where it was imported from, by a person of the exporting box. */
  imported?: StoredImport & { name: string };
  attachments?: SeedAttachment[];
  forwarded?: true;
  reactions?: SeedReactions;
  poll?: SeedPoll;
};

export type SeedFile = {
  users: SeedUser[];
  groups: SeedGroup[];
  /** Direct conversations, which only a Bisik export names. */
  directs: SeedDirect[];
  rows: SeedRow[];
  unreadable: { users: number; rows: number; groups: number };
  /** Examples of unreadable times, as written in the file. */
  badTimes: string[];
};

type TimelessRow = Omit<SeedRow, 'timestamp'> & { timestamp: SeedTime; rawTimestamp: unknown };

type Fields = Record<string, unknown>;

/**
 * Reads a db.json of the original project, or of `npm run export`: `users`, and `chats` (its report) or `messages` (its
 * code); an export may have `directs`, and `groups`, whose messages have no receiver and name their group as `conversationId`. Timestamps become epoch milliseconds; a message whose time cannot be read gets a neighbour's, or `now` where no
 * message has one. @throws a sentence
 */
export function readSeedFile(text: string, now = Date.now()): SeedFile {
  const file = parse(text);
  const lists = [file.chats, file.messages].filter((list) => Array.isArray(list));
  if (!Array.isArray(file.users) || lists.length === 0) {
    throw new Error(
      'This is no database of the original project: it has no users, or neither chats nor messages.',
    );
  }
  const messages = lists.flat().map(fieldsOf);
  const users = file.users.map(fieldsOf).map(readUser);
  const seedGroups = listOf(file.groups).map(fieldsOf).map(readGroup);
  const omitted = readOmitted(file.omitted);
  const groups = seedGroups.flatMap((group) => {
    const seqs = group && omitted.get(group.id);
    return group ? [{ ...group, ...(seqs && { omitted: seqs }) }] : [];
  });
  const directs = listOf(file.directs)
    .map(fieldsOf)
    .flatMap((one) => readDirect(one) ?? []);
  const groupIds = new Set(groups.map(({ id }) => id));
  const rows = messages.map((row, index) => readRow(row, index, groupIds));
  const readable = rows.filter((row) => row !== undefined);
  const bad = readable.filter(({ timestamp }) => timestamp === undefined);
  const examples = bad.map((row) => (JSON.stringify(row.rawTimestamp) ?? 'none').slice(0, 60));
  return {
    users: users.filter((user) => user !== undefined),
    groups,
    directs,
    rows: withTimes(readable, now),
    badTimes: [...new Set(examples)].slice(0, MAX_EXAMPLES),
    unreadable: {
      users: users.filter((user) => user === undefined).length,
      rows: rows.filter((row) => row === undefined).length,
      groups: seedGroups.length - groups.length,
    },
  };
}

function parse(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text.replace(/^\ufeff/, '')));
  } catch {
    throw new Error('The file is not JSON.');
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function readUser(user: Fields): SeedUser | undefined {
  const { id, username, password, formerName } = user;
  const settings = readSettings(user.settings);
  const key = keyOf(id);
  if (key === undefined || typeof username !== 'string' || !username.isWellFormed()) return undefined;
  const isHash = typeof password === 'string' && BCRYPT.test(password);
  const isTooCostly = isHash && costOf(password) > MAX_COST;
  const hash = isHash && !isTooCostly ? password : NO_PASSWORD;
  return {
    id: toId('user', key),
    username,
    // PHP's $2y$ and OpenBSD's $2b$ name the same algorithm; our bcrypt knows the latter name.
    password: hash.replace(/^\$2y\$/, '$2b$'),
    contacts: userIds(user.contacts),
    ...(hash !== NO_PASSWORD && user.rawPassword !== false && { rawPassword: true as const }),
    ...(isTooCostly && { isTooCostly: true as const }),
    blocked: userIds(user.blocked),
    asked: userIds(user.asked),
    askedBy: userIds(user.askedBy),
    ...(typeof formerName === 'string' && { formerName }),
    ...(settings && { settings }),
    ...(user.suspended === true && { suspended: true as const }),
    ...numbersOf({ quotaMb: user.quotaMb, deletedAt: user.deletedAt }),
  };
}

function readRow(row: Fields, index: number, groupIds: ReadonlySet<Id>): TimelessRow | undefined {
  const [sender, receiver] = [keyOf(row.senderId), keyOf(row.receiverId)];
  const { content } = row;
  const group = receiver === undefined ? keyOf(row.conversationId) : undefined;
  const groupId = group === undefined ? undefined : toId('conversation', group);
  const isAddressed = receiver !== undefined || (groupId !== undefined && groupIds.has(groupId));
  if (sender === undefined || !isAddressed || typeof content !== 'string') return undefined;
  const { v, kid, conversationId, seq, edit, editedAt, deletedAt, expiresAt, replyTo } = row;
  const [senderId, receiverId] = userIds([sender, receiver]);
  const hiders = userIds(row.hiddenFor);
  const event = groupId === undefined ? undefined : readEvent(row.event);
  const imported = groupId === undefined ? undefined : readImported(row.imported);
  const mentions = groupId === undefined ? [] : userIds(row.mentions);
  const reactions = event || deletedAt !== undefined ? undefined : readSeedReactions(row.reactions);
  const poll =
    groupId === undefined || event || deletedAt !== undefined
      ? undefined
      : readSeedPoll(row.poll, row.readable === true);
  const attachments = event || deletedAt !== undefined ? [] : readAttachments(row.attachments);
  return {
    id: toId('message', keyOf(row.id) ?? `${index} ${sender} ${receiver ?? groupId}`),
    senderId: senderId ?? '',
    ...(receiverId !== undefined ? { receiverId } : { groupId: groupId ?? '' }),
    content: poll?.text ? writePollText(poll.text) : content,
    timestamp: isOwn(row) ? Number(row.timestamp) : readTime(row.timestamp),
    rawTimestamp: row.timestamp,
    readable: row.readable === true,
    ...(typeof conversationId === 'string' && { conversationId }),
    ...numbersOf({ seq, edit, editedAt, deletedAt, expiresAt, replyTo }),
    hiddenFor: hiders.filter((one) => groupId !== undefined || one === senderId || one === receiverId),
    ...(mentions.length > 0 && { mentions }),
    ...(event && { event }),
    ...(imported && { imported }),
    ...(attachments.length > 0 && { attachments }),
    ...(row.forwarded === true && { forwarded: true as const }),
    ...(reactions && { reactions }),
    ...(poll && { poll }),
    ...(v === 1 && typeof kid === 'string' && { sealed: { v: 1 as const, kid } }),
  };
}

/** The fields that are non-negative integers. */
function numbersOf<Name extends string>(fields: Record<Name, unknown>): Partial<Record<Name, number>> {
  const numbers = Object.entries(fields).filter(
    ([, value]) => Number.isSafeInteger(value) && Number(value) >= 0,
  );
  return Object.fromEntries(numbers) as Partial<Record<Name, number>>;
}

function keyOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' && value.isWellFormed() ? value : undefined;
}

/** Whether a Bisik wrote the row: its time is epoch milliseconds of any year, and its ciphertext is bound to it. */
function isOwn({ v, kid, readable, timestamp }: Fields): boolean {
  const isTime = Number.isSafeInteger(timestamp) && Number(timestamp) >= 0;
  return isTime && (readable === true || (v === 1 && typeof kid === 'string'));
}

/** A row without a readable time takes that of the row before it of the same two people, else of another neighbour. */
function withTimes(rows: TimelessRow[], now: number): SeedRow[] {
  const times = new Map<TimelessRow, number>();
  const fill = (some: TimelessRow[]) => {
    let last: number | undefined;
    for (const row of some) {
      const own = row.timestamp ?? times.get(row);
      if (own === undefined && last !== undefined) times.set(row, last);
      last = own ?? last;
    }
  };
  if (rows.some(({ timestamp }) => timestamp === undefined)) {
    const pairs = Map.groupBy(rows, ({ senderId, receiverId, groupId }) =>
      receiverId === undefined ? groupId : [senderId, receiverId].sort().join(' '),
    );
    for (const some of [...pairs.values(), rows]) {
      fill(some);
      fill(some.toReversed());
    }
  }
  return rows.map((row) => {
    const { rawTimestamp: _, timestamp, ...rest } = row;
    if (timestamp !== undefined) return { ...rest, timestamp };
    return { ...rest, timestamp: times.get(row) ?? now, isTimeGuessed: true };
  });
}
