import { v5 } from 'uuid';
import type { Id } from '../wire.ts';

/** Ids that are no UUIDs become UUIDs of this namespace (RFC 9562 §5.5), so that a second import finds them again. */
const NAMESPACE = '7b3d1f52-90c4-4e0e-9d7e-51b8c1c0a2d4';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;
/** No hash: nobody logs in with it. */
export const NO_PASSWORD = '!';
/** Below it a timestamp counts seconds: in seconds it is the year 5138, in milliseconds 1973. */
const SECONDS_BELOW = 1e11;

/** A user of the file. `contacts` are ids as accounts have them. */
export type SeedUser = {
  id: Id;
  username: string;
  password: string;
  contacts: Id[];
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

export type SeedFile = { users: SeedUser[]; rows: SeedRow[]; unreadable: { users: number; rows: number } };

type Fields = Record<string, unknown>;

/**
 * Reads a db.json of the original project, or of `npm run export`: `users`, and `chats` (its report) or `messages` (its
 * code). Timestamps become epoch milliseconds; one that cannot be read becomes 0. @throws a sentence
 */
export function readSeedFile(text: string): SeedFile {
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
  return {
    users: users.filter((user) => user !== undefined),
    rows: rows.filter((row) => row !== undefined),
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

function readRow(row: Fields, place: number): SeedRow | undefined {
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
    timestamp: toMilliseconds(row.timestamp),
    readable: row.readable === true,
    ...(typeof conversationId === 'string' && { conversationId }),
    ...numbersOf({ seq, edit, editedAt, deletedAt, replyTo }),
    hiddenFor: idsIn(row.hiddenFor).filter((one) => members.includes(one)),
    ...(v === 1 && typeof kid === 'string' && { sealed: { v: 1 as const, kid } }),
  };
}

/** Those that are whole numbers. */
function numbersOf<Name extends string>(fields: Record<Name, unknown>): Partial<Record<Name, number>> {
  const numbers = Object.entries(fields).filter(([, value]) => Number.isSafeInteger(value));
  return Object.fromEntries(numbers) as Partial<Record<Name, number>>;
}

function keyOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' && value.isWellFormed() ? value : undefined;
}

function toMilliseconds(value: unknown): number {
  const number = typeof value === 'string' && !/^\d+$/.test(value) ? Date.parse(value) : Number(value);
  if (!Number.isFinite(number) || number < 0 || number > 8.64e15) return 0;
  return Math.round(number < SECONDS_BELOW ? number * 1000 : number);
}
