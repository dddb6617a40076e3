import type { Stamp } from '../../../clock.ts';
import { PendingRows } from '../../pending-rows.ts';
import { type Changes, isDeletedGroup, type Rows } from '../../rows.ts';
import type { Account, Conversation, StoredMessage } from '../../store.ts';
import type { CommittedChanges } from '../../writer.ts';
import { recordedChanges } from './commit-record.ts';
import { addSeen, deleteSeen, fileStatements, markStatements, peopleStatements } from './row-statements.ts';
import { type Expected, type Prepared, Statement } from './statement.ts';

/** The channel on which cores notify each other of commits. */
export const CHANNEL = 'bisik_commits';

/**
 * All writes of a batch as one statement: its rows, a record of each commit, the revision of the box, and the notice for
 * other cores, which the database sends with the commit. `durable` are the rows before it. With `expected`, for a core that has no
 * turn, it writes nothing and has no row in its result if the newest commit of the database is another one; the row of the box is
 * taken first, as by a turn, so that two cores never wait for each other.
 */
export function commitStatement(
  durable: Rows,
  batch: CommittedChanges[],
  { core, stamp, at, expected }: { core: string; stamp: Stamp; at: number; expected?: Expected },
): Prepared {
  const statement = new Statement();
  const raise = raiseRevision(statement, batch.at(-1)?.revision, stamp, at);
  if (expected) statement.guardBy(`${raise} where ${isStill(statement, expected)}`);
  else statement.add(raise);
  const pending = new PendingRows(durable);
  const accounts = new Map<string, Account>();
  const whole = new Set<string>();
  const touched = new Set<string>();
  const messages = new Map<string, StoredMessage>();
  for (const { changes } of batch) {
    pending.apply(changes);
    for (const account of changes.accounts) accounts.set(account.id, account);
    for (const { id } of changes.conversations) whole.add(id);
    for (const row of [...changes.messages, ...changes.edits]) {
      touched.add(row.conversationId);
      messages.set(`${row.conversationId} ${row.seq}`, row);
    }
  }
  const headerOf = (id: string): Conversation => {
    const header = pending.conversation(id);
    if (!header) throw new Error('a message needs its conversation');
    return header;
  };
  const isGone = (id: string) => isDeletedGroup(headerOf(id));
  const headers = [...whole].map(headerOf);
  addHeaders(statement, headers, [...touched].filter((id) => !whole.has(id)).map(headerOf));
  addMessages(
    statement,
    [...messages.values()].filter(({ conversationId }) => !isGone(conversationId)),
  );
  const all = batch.map(({ changes }) => changes);
  peopleStatements(statement, [...accounts.values()], headers, all);
  seenStatements(statement, all, [...accounts.values()], durable, pending);
  markStatements(statement, all, isGone);
  fileStatements(statement, all, isGone);
  addGone(
    statement,
    [...whole].filter((id) => isGone(id)),
  );
  addRecords(statement, batch, core, stamp, at);
  return statement.build(
    `select pg_notify('${CHANNEL}', ${statement.param(String(batch.at(-1)?.revision))})`,
  );
}

/** When people were online and devices were used: those of a device go with it. */
function seenStatements(
  statement: Statement,
  all: Changes[],
  accounts: Account[],
  durable: Rows,
  pending: Rows,
): void {
  const devicesOf = (account: Account | undefined) => new Set(account?.devices.map(({ id }) => id));
  addSeen(
    statement,
    all
      .flatMap(({ seen }) => seen)
      .filter(({ userId, deviceId }) => {
        const account = pending.account(userId);
        return account && (deviceId === undefined || devicesOf(account).has(deviceId));
      }),
  );
  const loggedOut = accounts.flatMap((account) => {
    const left = devicesOf(account);
    const before = [...devicesOf(durable.account(account.id))];
    return before.flatMap((deviceId) => (left.has(deviceId) ? [] : [{ userId: account.id, deviceId }]));
  });
  deleteSeen(statement, loggedOut);
}

/** Headers that changed themselves, and those of which only messages changed the numbers. */
export function addHeaders(statement: Statement, whole: Conversation[], touched: Conversation[]): void {
  const columns = (headers: Conversation[]) =>
    [
      statement.param(headers.map(({ id }) => id)),
      statement.param(headers.map(({ lastSeq }) => lastSeq)),
      statement.param(headers.map(({ rev }) => rev)),
      statement.param(headers.map(({ pinned }) => (pinned ? JSON.stringify(pinned) : null))),
      statement.param(headers.map(({ expiring }) => (expiring ? JSON.stringify(expiring) : null))),
    ] as const;
  if (whole.length > 0) {
    const [ids, lastSeqs, revs, pins, queues] = columns(whole);
    const docs = statement.param(whole.map((header) => JSON.stringify(header)));
    statement.add(
      `insert into conversations (id, last_seq, rev, pinned, expiring, doc)
       select id, last_seq, rev, pinned::json, expiring::json, doc::json
       from unnest(${ids}::text[], ${lastSeqs}::bigint[], ${revs}::bigint[], ${pins}::text[], ${queues}::text[], ${docs}::text[])
         as t(id, last_seq, rev, pinned, expiring, doc)
       on conflict (id) do update set last_seq = excluded.last_seq, rev = excluded.rev,
         pinned = excluded.pinned, expiring = excluded.expiring, doc = excluded.doc`,
    );
  }
  if (touched.length === 0) return;
  const [ids, lastSeqs, revs, pins, queues] = columns(touched);
  statement.add(
    `update conversations c set last_seq = t.last_seq, rev = t.rev, pinned = t.pinned::json, expiring = t.expiring::json
     from unnest(${ids}::text[], ${lastSeqs}::bigint[], ${revs}::bigint[], ${pins}::text[], ${queues}::text[])
       as t(id, last_seq, rev, pinned, expiring)
     where c.id = t.id`,
  );
}

/** Messages that are new, or changed. */
export function addMessages(statement: Statement, rows: StoredMessage[]): void {
  if (rows.length === 0) return;
  const ids = statement.param(rows.map(({ conversationId }) => conversationId));
  const seqs = statement.param(rows.map(({ seq }) => seq));
  const revs = statement.param(rows.map(({ rev }) => rev));
  const changes = statement.param(rows.map(({ changedRev }) => changedRev ?? null));
  const docs = statement.param(rows.map((row) => JSON.stringify(row)));
  statement.add(
    `insert into messages (conversation_id, seq, rev, changed_rev, doc)
     select id, seq, rev, changed_rev, doc::json
     from unnest(${ids}::text[], ${seqs}::bigint[], ${revs}::bigint[], ${changes}::bigint[], ${docs}::text[])
       as t(id, seq, rev, changed_rev, doc)
     on conflict (conversation_id, seq) do update set changed_rev = excluded.changed_rev, doc = excluded.doc`,
  );
}

/** What a deleted group leaves; its messages, which may be many, are deleted afterwards (housekeeping.ts). */
function addGone(statement: Statement, ids: string[]): void {
  if (ids.length === 0) return;
  const gone = statement.param(ids);
  for (const table of ['hidden', 'marks', 'usages'])
    statement.add(`delete from ${table} where conversation_id = any(${gone}::text[])`);
}

function addRecords(
  statement: Statement,
  batch: CommittedChanges[],
  core: string,
  { clock }: Stamp,
  at: number,
): void {
  const revisions = statement.param(batch.map(({ revision }) => revision));
  const changes = statement.param(batch.map((one) => JSON.stringify(recordedChanges(one.changes))));
  const [by, now, wall] = [statement.param(core), statement.param(at), statement.param(clock)];
  statement.add(
    `insert into commits (revision, core, at, clock, changes)
     select revision, ${by}::text, ${now}::bigint, ${wall}::bigint, changes::json
     from unnest(${revisions}::bigint[], ${changes}::text[]) as t(revision, changes)`,
  );
}

function raiseRevision(
  statement: Statement,
  revision: number | undefined,
  { clock }: Stamp,
  at: number,
): string {
  const [newest, now, wall] = [revision, at, clock].map((value) => statement.param(value));
  return `update box set revision = ${newest}::bigint, at = ${now}::bigint, clock = ${wall}::bigint`;
}

/** Whether the box is at a commit: not only its number, since a standby that lacked commits may have taken over. */
function isStill(statement: Statement, { epoch, revision, at, clock }: Expected): string {
  const numbers = Object.entries({ revision, at, clock }).map(
    ([name, value]) => `${name} = ${statement.param(value)}::bigint`,
  );
  return [`epoch = ${statement.param(epoch)}::text`, ...numbers].join(' and ');
}
