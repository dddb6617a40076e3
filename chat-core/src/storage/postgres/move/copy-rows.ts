import type { Client } from 'pg';
import type { Id } from '../../../wire/wire.ts';
import type { BoxRows, OnMessages } from '../../box-rows.ts';
import type { ChangeLog } from '../../lowdb/state/conversation-state.ts';
import { type Changes, changesOf, isDeletedGroup } from '../../rows.ts';
import type { SeqRanges } from '../../seq-ranges.ts';
import type { Account, HiddenMessage, Seen, StoredPicture } from '../../store.ts';
import { addHeaders, addMessages } from '../commits/commit-statement.ts';
import { addSeen, fileStatements, markStatements, peopleStatements } from '../commits/row-statements.ts';
import { Statement } from '../commits/statement.ts';

/** Rows in one statement: sealed messages have up to some ten KB. */
const ROWS_AT_ONCE = 200;
/** A picture has up to some hundred KB. */
const PICTURES_AT_ONCE = 4;

/** The number of rows of each table. */
export type RowCounts = Record<(typeof TABLES)[number], number>;
const TABLES = [
  'accounts',
  'conversations',
  'messages',
  'pictures',
  'invites',
  'uploads',
  'hidden',
  'marks',
  'usages',
] as const;

/** The last revision of the epoch of the original: none is the same as in the copy. */
const NONE = -1;

/** Whether the tables are the copy of this box at this revision, and no core has written into it since. */
export async function isCopyOf(client: Client, { epoch, revision }: BoxRows): Promise<boolean> {
  const { rows } = await client.query(
    `select 1 from box, epochs e where revision = $2 and e.epoch = $1 and e.up_to = ${NONE}`,
    [epoch, revision],
  );
  return rows.length > 0;
}

/**
 * Writes all rows of a box into empty tables by `run`, ciphertext as it is, and which box it is. `epoch`: of the history that
 * begins with them.
 */
export async function copyRows(
  run: (text: string, values: unknown[]) => Promise<unknown>,
  box: BoxRows,
  epoch: string,
  onMessages: OnMessages,
): Promise<RowCounts> {
  const counts = Object.fromEntries(TABLES.map((table) => [table, 0])) as RowCounts;
  const { state } = box;
  const write = async (fill: (statement: Statement) => void) => {
    const statement = new Statement();
    fill(statement);
    const { text, values } = statement.build('select 1');
    await run(text, values);
  };
  const each = async <Row>(
    table: keyof RowCounts,
    rows: Iterable<Row>,
    fill: (statement: Statement, some: Row[]) => void,
  ) => {
    for (const some of chunks(rows, ROWS_AT_ONCE)) {
      counts[table] += some.length;
      await write((statement) => fill(statement, some));
    }
  };
  const people = (part: Partial<Changes>) => (statement: Statement) =>
    peopleStatements(statement, [], [], [changesOf(part)]);
  const accounts = [...state.people.accounts.ids()].flatMap((id) => state.account(id) ?? []);
  await each('accounts', accounts, (statement, some) => peopleStatements(statement, some, [], []));
  for (const seen of chunks(onlineOf(box, accounts), ROWS_AT_ONCE))
    await write((statement) => addSeen(statement, seen));
  await each('invites', state.invites(), (statement, invites) => people({ invites })(statement));

  const all = [...state.conversationStates()];
  const headers = all.map(({ header }) => header);
  await each('conversations', headers, (statement, some) => addHeaders(statement, some, []));
  for (const { id, lastSeq } of headers.filter((header) => !isDeletedGroup(header))) {
    for (let from = 1; from <= lastSeq; from += ROWS_AT_ONCE) {
      const to = Math.min(lastSeq, from + ROWS_AT_ONCE - 1);
      const rows = await box.history.between(id, from, to);
      if (rows.length !== to - from + 1) throw new Error(`messages of conversation ${id} are missing`);
      onMessages(rows);
      await each('messages', rows, addMessages);
    }
  }
  const none = () => false;
  const marks = (part: Partial<Changes>) => (statement: Statement) =>
    markStatements(statement, [changesOf(part)], none);
  const files = (part: Partial<Changes>) => (statement: Statement) =>
    fileStatements(statement, [changesOf(part)], none);
  for (const one of all) {
    const hidden = [...one.hidden].flatMap(([userId, own]) => hiddenRows(one.header.id, userId, own));
    await each('hidden', hidden, (statement, some) => marks({ hidden: some })(statement));
    await each('marks', one.marks.values(), (statement, some) => marks({ marks: some })(statement));
    await each('usages', one.usages.values(), (statement, some) => files({ usages: some })(statement));
  }
  await each('uploads', state.uploads(), (statement, uploads) => files({ uploads })(statement));
  for (const ids of chunks(
    [...accounts, ...headers].map(({ id }) => id),
    PICTURES_AT_ONCE,
  )) {
    const pictures: StoredPicture[] = [];
    for (const id of ids) pictures.push(...[(await box.pictures.read(state, id)) ?? []].flat());
    counts.pictures += pictures.length;
    if (pictures.length > 0) await write(people({ pictures }));
  }
  const { revision, last, settings, sealedWith, offTimes } = box;
  await run('insert into epochs (epoch, up_to) values ($1, $2)', [box.epoch, NONE]);
  await run(
    'update box set epoch = $1, revision = $2, at = $3, clock = $4, settings = $5::json, sealed_with = $6, off_times = $7::json',
    [
      epoch,
      revision,
      last.at,
      last.clock,
      settings ? JSON.stringify(settings) : null,
      sealedWith ?? null,
      offTimes.length > 0 ? JSON.stringify(offTimes) : null,
    ],
  );
  return counts;
}

/** The rows of each table, and the conversations whose messages are not numbered from 1 to the last without a gap. */
export async function countRows(client: Client): Promise<{ counts: RowCounts; broken: Id[] }> {
  const selects = TABLES.map((table) => `(select count(*) from ${table}) as ${table}`);
  const { rows } = await client.query<RowCounts>(`select ${selects.join(', ')}`);
  const { rows: broken } = await client.query<{ id: Id }>(
    `select c.id from conversations c left join
       (select conversation_id, count(*) as n, min(seq) as first, max(seq) as last from messages group by 1) m
       on m.conversation_id = c.id
     where c.last_seq <> coalesce(m.n, 0) or (c.last_seq > 0 and (m.first <> 1 or m.last <> c.last_seq))`,
  );
  const [counts] = rows;
  if (!counts) throw new Error('the database counted nothing');
  return { counts, broken: broken.map(({ id }) => id) };
}

/** When people were last online. The rows of their devices are in their accounts. */
function onlineOf({ state }: BoxRows, accounts: Account[]): Seen[] {
  return accounts.flatMap(({ id: userId }) => {
    const at = state.people.lastSeen(userId);
    return at === undefined ? [] : [{ userId, at }];
  });
}

/**
 * A row for each hidden message. Of the oldest ones no log has the revision any more: they get that at which the log begins, and
 * who asks for changes since an older one starts again in any case.
 */
function hiddenRows(
  conversationId: Id,
  userId: Id,
  { ranges, changes }: { ranges: SeqRanges; changes: ChangeLog },
): HiddenMessage[] {
  const revs = new Map(changes.recent);
  const rows: HiddenMessage[] = [];
  for (const [from, to] of ranges)
    for (let seq = from; seq <= to; seq++)
      rows.push({ conversationId, userId, seq, rev: revs.get(seq) ?? changes.floor });
  return rows;
}

function* chunks<Row>(rows: Iterable<Row>, size: number): Generator<Row[]> {
  let some: Row[] = [];
  for (const row of rows) {
    some.push(row);
    if (some.length < size) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}
