import { newestMigration } from '../../src/storage/postgres/tables/migrate.ts';

type Header = {
  place: number;
  doc: string;
  last_seq: number;
  rev: number;
  pinned: string | null;
  expiring: string | null;
};
type MessageRow = { rev: number; changed_rev: number | null; doc: string };
type Record = { core: string; at: number; clock: number; changes: string };
type Numbers = { conversation_id: string; user_id: string } & { [column: string]: string | number };
/** The write of a transaction, done again wherever its log is applied. `revisions`: of its commits, which have a notice. */
export type Write = { revisions: number[]; notice?: string; apply: (tables: Tables) => void };

const MIGRATIONS = newestMigration();

/** The rows of a database that are committed. */
export class Tables {
  box = {
    epoch: 'epoch',
    server: 'start 0',
    revision: 0,
    at: 0,
    clock: 0,
    settings: null,
    sealed_with: null,
  };
  readonly epochs = new Map<string, number>();
  readonly commits = new Map<number, Record>();
  readonly accounts = new Map<string, { place: number; doc: string }>();
  readonly conversations = new Map<string, Header>();
  readonly messages = new Map<string, Map<number, MessageRow>>();
  readonly hidden = new Map<string, Numbers>();
  readonly marks = new Map<string, Numbers>();
}

/** What must never happen, of which the database is the first to learn. */
export class Violation extends Error {
  override name = 'Violation';
}

/** A refusal with a code of PostgreSQL. */
export function sqlError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** The rows that a statement reads. @throws Error when the simulation does not know the statement */
export function readRows(tables: Tables, text: string, values: unknown[]): object[] {
  const [first, second, third] = values as [never, never, never];
  for (const [start, read] of READS) if (text.startsWith(start)) return read(tables, first, second, third);
  throw new Violation(`the simulated database does not know: ${text}`);
}

type Read = (tables: Tables, first: never, second: never, third: never) => object[];

const byPlace = (rows: Iterable<{ place: number; doc: string }>, last: number) =>
  [...rows].filter(({ place }) => place > last).map((row) => ({ ...row, doc: JSON.parse(row.doc) }));
const all = (tables: Tables) =>
  [...tables.messages].flatMap(([conversation_id, rows]) =>
    [...rows].map(([seq, row]) => ({ conversation_id, seq, ...row })),
  );
const camel = (rows: Iterable<Numbers>) =>
  [...rows].map(({ conversation_id, user_id, ...rest }) => ({
    conversationId: conversation_id,
    userId: user_id,
    ...rest,
  }));

const READS: [string, Read][] = [
  ['select b.epoch, c.revision', readCommits],
  [
    'select epoch, up_to from epochs',
    ({ epochs }) => [...epochs].map(([epoch, up_to]) => ({ epoch, up_to })),
  ],
  ['select doc::text as doc from messages', readMessages],
  ['select * from box', ({ box }) => [{ ...box }]],
  [
    'select seq from messages where conversation_id = $1 and rev > $2',
    ({ messages }, id: string, since: number) =>
      [...(messages.get(id) ?? [])]
        .filter(([, { rev }]) => rev > since)
        .map(([seq]) => ({ seq }))
        .sort((a, b) => a.seq - b.seq)
        .slice(0, 1),
  ],
  ['select pg_advisory_xact_lock', () => []],
  ['select to_regclass', () => [{ found: 'migrations' }]],
  ['select coalesce(max(number), 0)', () => [{ newest: MIGRATIONS }]],
  ['insert into box', () => []],
  ['set statement_timeout', () => []],
  ['select set_config', () => []],
  ['select doc, place from accounts', ({ accounts }, last: number) => byPlace(accounts.values(), last)],
  ['select doc, place from', () => []],
  [
    'select doc, place, last_seq',
    ({ conversations }, last: number) =>
      [...conversations.values()]
        .filter(({ place }) => place > last)
        .map((row) => ({
          ...row,
          doc: JSON.parse(row.doc),
          pinned: row.pinned && JSON.parse(row.pinned),
          expiring: row.expiring && JSON.parse(row.expiring),
        })),
  ],
  [
    'select conversation_id, seq, changed_rev from (',
    (tables) =>
      all(tables)
        .filter(({ changed_rev }) => changed_rev !== null)
        .sort((a, b) => (a.changed_rev ?? 0) - (b.changed_rev ?? 0)),
  ],
  [
    'select conversation_id, user_id, seq, rev from hidden',
    ({ hidden }) => [...hidden.values()].sort((a, b) => Number(a.rev) - Number(b.rev)),
  ],
  [
    'select conversation_id as "conversationId", user_id as "userId", delivered',
    ({ marks }) => camel(marks.values()),
  ],
  ['select conversation_id as "conversationId", user_id as "userId", bytes', () => []],
  ['select * from seen', () => []],
  // A schedule is shorter than records of commits are kept.
  ['delete from commits', () => []],
  ['delete from limits', () => []],
];

function readCommits({ commits, box }: Tables, from: number): object[] {
  const found: object[] = [];
  for (let revision = from; revision <= box.revision && found.length < 200; revision++) {
    const record = commits.get(revision);
    if (record) found.push({ epoch: box.epoch, revision, ...record, changes: JSON.parse(record.changes) });
  }
  return found.length > 0 ? found : [{ epoch: box.epoch, revision: null }];
}

function readMessages({ messages }: Tables, id: string, from: number, to: number): object[] {
  const rows = messages.get(id);
  const found: object[] = [];
  for (let seq = from; rows && seq <= Math.min(to, rows.size + 1); seq++) {
    const row = rows.get(seq);
    if (row) found.push({ doc: row.doc });
  }
  return found;
}

type Columns = (string | number | null)[][];
/** What a part of the statement of a commit does with its values, in the order in which its text names them. */
const PARTS: { [part: string]: (tables: Tables, columns: Columns) => void } = {
  'insert into accounts': ({ accounts }, [ids = [], docs = []]) => {
    for (const [index, id] of ids.entries())
      accounts.set(`${id}`, {
        place: accounts.get(`${id}`)?.place ?? accounts.size + 1,
        doc: `${docs[index]}`,
      });
  },
  'insert into conversations': (tables, columns) => putHeaders(tables, columns),
  'update conversations': (tables, columns) => putHeaders(tables, columns),
  'insert into messages': putMessages,
  'insert into hidden': ({ hidden }, columns) => {
    for (const [conversation_id, user_id, seq, rev] of rowsOf(columns))
      hidden.set(`${conversation_id} ${user_id} ${seq}`, { conversation_id, user_id, seq, rev } as Numbers);
  },
  'insert into marks': ({ marks }, columns) => {
    for (const [conversation_id, user_id, delivered, read] of rowsOf(columns)) {
      const key = `${conversation_id} ${user_id}`;
      const known = marks.get(key) ?? { delivered: 0, read: 0 };
      marks.set(key, {
        conversation_id: `${conversation_id}`,
        user_id: `${user_id}`,
        delivered: Math.max(Number(known.delivered), Number(delivered)),
        read: Math.max(Number(known.read), Number(read)),
      });
    }
  },
  'insert into commits': ({ commits }, [by, at, clock, revisions = [], changes = []]) => {
    for (const [index, revision] of revisions.entries()) {
      commits.set(Number(revision), {
        core: String(by),
        at: Number(at),
        clock: Number(clock),
        changes: `${changes[index]}`,
      });
    }
  },
  'update box': ({ box }, [revision, at, clock]) => {
    Object.assign(box, { revision: Number(revision), at: Number(at), clock: Number(clock) });
  },
  'delete from pictures': () => {},
  'delete from seen': () => {},
};

function* rowsOf(columns: Columns): Generator<(string | number | null)[]> {
  for (const [index] of (columns[0] ?? []).entries()) yield columns.map((column) => column[index] ?? null);
}

function putHeaders({ conversations }: Tables, columns: Columns): void {
  for (const [id, last_seq, rev, pinned, expiring, doc] of rowsOf(columns)) {
    const known = conversations.get(`${id}`);
    conversations.set(`${id}`, {
      place: known?.place ?? conversations.size + 1,
      doc: `${doc ?? known?.doc}`,
      last_seq: Number(last_seq),
      rev: Number(rev),
      pinned: pinned as string | null,
      expiring: expiring as string | null,
    });
  }
}

function putMessages({ messages }: Tables, columns: Columns): void {
  for (const [id, seq, rev, changed, doc] of rowsOf(columns)) {
    const rows = messages.get(`${id}`) ?? new Map<number, MessageRow>();
    messages.set(`${id}`, rows);
    const known = rows.get(Number(seq));
    if (known && idOf(known.doc) !== idOf(`${doc}`))
      throw new Violation(`message ${seq} of ${id} was replaced by another: ${known.doc} by ${doc}`);
    rows.set(Number(seq), {
      rev: known?.rev ?? Number(rev),
      changed_rev: changed === null ? null : Number(changed),
      doc: `${doc}`,
    });
  }
}

const idOf = (doc: string) => (JSON.parse(doc) as { id: string }).id;

type Part = { name: string; params: number[] };
const known = new Map<string, Part[]>();

function partsOf(text: string): Part[] {
  const found =
    known.get(text) ??
    text
      .split(/w\d+ as \(/)
      .slice(1)
      .map((part) => ({
        name: /^\w+ (?:into |from )?\w+/.exec(part)?.[0] ?? '',
        // The last one is followed by the notice.
        params: [...(part.split('\nselect pg_notify')[0] ?? '').matchAll(/\$(\d+)/g)].map(
          ([, n]) => Number(n) - 1,
        ),
      }));
  known.set(text, found);
  return found;
}

/** A transaction that has locked the row of the box, and writes nothing. */
export const nothing: Write = { revisions: [], apply: () => {} };

/** The write that begins an epoch, unless another did since this start of the server. */
export function renewalOf(epoch: string, server: string): Write {
  const apply = ({ box, epochs }: Tables) => {
    if (box.server === server) return;
    epochs.set(box.epoch, box.revision);
    Object.assign(box, { epoch, server });
  };
  return { revisions: [], apply };
}

/**
 * The statement of a commit that has no turn: its write, which raises the revision too, and whether it is done on these tables.
 * @throws Error when the simulation does not know a part of it
 */
export function guardedWriteOf(text: string, values: unknown[]): Write & { isOn(tables: Tables): boolean } {
  const [guard = ''] = text.split(/,\nw\d+ as \(/);
  const [raise = '', condition = ''] = guard.split(' where ');
  const valuesOf = (part: string) =>
    [...part.matchAll(/(\w+) = \$(\d+)/g)].map(
      ([, name = '', n]) => [name, values[Number(n) - 1]] as [string, unknown],
    );
  const write = writeOf(text, values);
  return {
    ...write,
    apply: (tables) => {
      write.apply(tables);
      Object.assign(tables.box, Object.fromEntries(valuesOf(raise)));
    },
    isOn: ({ box }) => valuesOf(condition).every(([name, value]) => box[name as keyof typeof box] === value),
  };
}

/** The write of a statement of a commit. @throws Error when the simulation does not know a part of it */
export function writeOf(text: string, values: unknown[]): Write {
  const parts = partsOf(text).map(({ name, params }) => {
    const run = PARTS[name];
    if (!run) throw new Violation(`the simulated database does not know: ${name}`);
    return { run, columns: params.map((param) => values[param]) as Columns };
  });
  const revisions = parts.find(({ run }) => run === PARTS['insert into commits'])?.columns[3] ?? [];
  return {
    revisions: revisions.map(Number),
    notice: String(values.at(-1)),
    apply: (tables) => {
      for (const { run, columns } of parts) run(tables, columns);
    },
  };
}
