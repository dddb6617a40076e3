import { v5 } from 'uuid';
import type { Id } from '../../wire/wire.ts';
import { readTime, type SeedTime } from './seed-times.ts';

/** Ids that are no UUIDs become UUIDs of this namespace (RFC 9562 §5.5), so that a second import finds them again. */
const NAMESPACE = '7b3d1f52-90c4-4e0e-9d7e-51b8c1c0a2d4';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;
/** No hash: nobody logs in with it. */
export const NO_PASSWORD = '!';
/** So many times that cannot be read are shown. */
const MAX_EXAMPLES = 5;

/** A user of the file. `contacts` are ids as accounts have them. */
export type SeedUser = {
  id: Id;
  username: string;
  password: string;
  contacts: Id[];
  /** The hash is of the password as it was typed, unless a Bisik wrote that it is not. */
  rawPassword?: true;
  formerName?: string;
} & Lists;

/** Whom a person blocked, asked and is asked by, where a Bisik wrote the file. */
export type Lists = { blocked: Id[]; asked: Id[]; askedBy: Id[] };

/** A row of the file that can be told apart from others; a Bisik's own have more fields. */
export type SeedRow = {
  id: Id;
  senderId: Id;
  receiverId: Id;
  content: string;
  timestamp: number;
  /** Its own time cannot be read: it has that of the message beside it. */
  isTimeGuessed?: true;
  /** A readable export wrote it: its content is text, whatever it looks like. */
  readable: boolean;
  conversationId?: Id;
  seq?: number;
  sealed?: { v: 1; kid: string };
  /** Of an edited one: its ciphertext is tied to the number. */
  edit?: number;
  editedAt?: number;
  /** Where it was deleted for everyone. */
  deletedAt?: number;
  /** The seq, in the file, of the message it answers. */
  replyTo?: number;
  /** Who deleted it for themselves. */
  hiddenFor: Id[];
};

export type SeedFile = {
  users: SeedUser[];
  rows: SeedRow[];
  unreadable: { users: number; rows: number };
  /** Times that cannot be read, as they stand in the file: some of them. */
  badTimes: string[];
};

type TimelessRow = Omit<SeedRow, 'timestamp'> & { timestamp: SeedTime; said: unknown };

type Fields = Record<string, unknown>;

/**
 * Reads a db.json of the original project, or of `npm run export`: `users`, and `chats` (its report) or `messages` (its
 * code). Timestamps become epoch milliseconds; a message whose time cannot be read gets a neighbour's, or `now` where no
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
  const given = lists.flat().map(fieldsOf);
  const users = file.users.map(fieldsOf).map(readUser);
  const rows = given.map(readRow);
  const readable = rows.filter((row) => row !== undefined);
  const bad = readable.filter(({ timestamp }) => timestamp === undefined);
  const said = bad.map((row) => (JSON.stringify(row.said) ?? 'none').slice(0, 60));
  return {
    users: users.filter((user) => user !== undefined),
    rows: withTimes(readable, now),
    badTimes: [...new Set(said)].slice(0, MAX_EXAMPLES),
    unreadable: {
      users: users.filter((user) => user === undefined).length,
      rows: rows.filter((row) => row === undefined).length,
    },
  };
}

/** An id of this box for one of another kind; a UUID stays itself, in lower case. */
export function toId(kind: string, given: string): Id {
  const id = given.toLowerCase();
  return UUID.test(id) ? id : v5(`${kind} ${given}`, NAMESPACE);
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
  const key = keyOf(id);
  if (key === undefined || typeof username !== 'string' || !username.isWellFormed()) return undefined;
  const hash = typeof password === 'string' && BCRYPT.test(password) ? password : NO_PASSWORD;
  return {
    id: toId('user', key),
    username,
    // PHP's $2y$ and OpenBSD's $2b$ name the same algorithm; our bcrypt knows the latter name.
    password: hash.replace(/^\$2y\$/, '$2b$'),
    contacts: idsIn(user.contacts),
    ...(hash !== NO_PASSWORD && user.rawPassword !== false && { rawPassword: true as const }),
    blocked: idsIn(user.blocked),
    asked: idsIn(user.asked),
    askedBy: idsIn(user.askedBy),
    ...(typeof formerName === 'string' && { formerName }),
  };
}

function idsIn(list: unknown): Id[] {
  const keys = Array.isArray(list) ? list.map(keyOf).filter((one) => one !== undefined) : [];
  return keys.map((key) => toId('user', key));
}

function readRow(row: Fields, place: number): TimelessRow | undefined {
  const [sender, receiver] = [keyOf(row.senderId), keyOf(row.receiverId)];
  const { content } = row;
  if (sender === undefined || receiver === undefined || sender === receiver || typeof content !== 'string') {
    return undefined;
  }
  const { v, kid, conversationId, seq, edit, editedAt, deletedAt, replyTo } = row;
  const members = [toId('user', sender), toId('user', receiver)] as const;
  return {
    id: toId('message', keyOf(row.id) ?? `${place} ${sender} ${receiver}`),
    senderId: members[0],
    receiverId: members[1],
    content,
    timestamp: isOwn(row) ? Number(row.timestamp) : readTime(row.timestamp),
    said: row.timestamp,
    readable: row.readable === true,
    ...(typeof conversationId === 'string' && { conversationId }),
    ...numbersOf({ seq, edit, editedAt, deletedAt, replyTo }),
    hiddenFor: idsIn(row.hiddenFor).filter((one) => members.includes(one)),
    ...(v === 1 && typeof kid === 'string' && { sealed: { v: 1 as const, kid } }),
  };
}

/** Those that are whole numbers, and not below 0. */
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

/** A Bisik wrote it: its time is in milliseconds, of whatever year, and what is sealed is tied to it. */
function isOwn({ v, kid, readable, timestamp }: Fields): boolean {
  const isTime = Number.isSafeInteger(timestamp) && Number(timestamp) >= 0;
  return isTime && (readable === true || (v === 1 && typeof kid === 'string'));
}

/** Rows whose time cannot be read take that of the one before them of the same two people, else of one beside it. */
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
    const pairs = Map.groupBy(rows, ({ senderId, receiverId }) => [senderId, receiverId].sort().join(' '));
    for (const some of [...pairs.values(), rows]) {
      fill(some);
      fill(some.toReversed());
    }
  }
  return rows.map((row) => {
    const { said: _, timestamp, ...rest } = row;
    if (timestamp !== undefined) return { ...rest, timestamp };
    return { ...rest, timestamp: times.get(row) ?? now, isTimeGuessed: true };
  });
}
