import type { Client } from 'pg';
import type { OffTime } from '../../../off-time.ts';
import type { Id, StoredSettings } from '../../../wire/wire.ts';
import { type ChangeLog, type Hidden, NO_CHANGES, withChange } from '../../lowdb/state/conversation-state.ts';
import { State } from '../../lowdb/state/state.ts';
import { withSeq } from '../../seq-ranges.ts';
import {
  type Account,
  type Conversation,
  type FileUsage,
  MAX_CHANGES,
  type Mark,
  type StoredInvite,
  type UploadRow,
} from '../../store.ts';
import { readFormer } from '../commits/epochs.ts';
import { Replica } from './replica.ts';

/** Rows that are read at once. */
const ROWS_AT_ONCE = 2000;

/** The row of the box. */
export type Box = {
  epoch: string;
  revision: number;
  at: number;
  clock: number;
  settings: StoredSettings | null;
  sealed_with: string | null;
  off_times: readonly OffTime[] | null;
};

type HeaderRow = {
  doc: Conversation;
  last_seq: number;
  rev: number;
  pinned: Conversation['pinned'] | null;
  expiring: Conversation['expiring'] | null;
};

/** Reads what a core holds in memory, all of it as of one commit. */
export async function loadReplica(client: Client): Promise<{ replica: Replica; box: Box }> {
  await client.query('begin isolation level repeatable read read only');
  try {
    return await readReplica(client);
  } finally {
    await client.query('commit').catch(() => {});
  }
}

/** The same within the transaction of the caller, which sees one state of the database. */
export async function readReplica(client: Client): Promise<{ replica: Replica; box: Box }> {
  const [box] = (await client.query<Box>('select * from box')).rows;
  if (!box) throw new Error('the table box has no row');
  const state = new State();
  for await (const { doc } of rowsOf<{ doc: Account }>(client, 'select doc, place from accounts'))
    state.putAccount(doc);
  await loadConversations(client, state);
  for await (const { doc } of rowsOf<{ doc: StoredInvite }>(client, 'select doc, place from invites'))
    state.putInvite(doc);
  for await (const { doc } of rowsOf<{ doc: UploadRow }>(client, 'select doc, place from uploads'))
    state.putUpload(doc);
  await loadSeen(client, state);
  const { epoch, revision, at, clock } = box;
  const former = await readFormer((text, values) => client.query(text, values));
  return { replica: new Replica(state, { revision, last: { at, clock } }, { epoch, former }), box };
}

/** The rows of a table in the order of their places. */
async function* rowsOf<Row extends object>(
  client: Client,
  select: string,
): AsyncGenerator<Row & { place: number }> {
  for (let last = 0; ; ) {
    const text = `${select} where place > $1 order by place limit ${ROWS_AT_ONCE}`;
    const rows: (Row & { place: number })[] = (await client.query(text, [last])).rows;
    for (const row of rows) yield row;
    if (rows.length < ROWS_AT_ONCE) return;
    last = rows.at(-1)?.place ?? last;
  }
}

async function loadConversations(client: Client, state: State): Promise<void> {
  const changes = await loadChanges(client);
  const hidden = await loadHidden(client);
  const marks = grouped((await client.query(MARKS)).rows as Mark[]);
  const usages = grouped((await client.query(USAGES)).rows as FileUsage[]);
  const select = 'select doc, place, last_seq, rev, pinned, expiring from conversations';
  for await (const row of rowsOf<HeaderRow>(client, select)) {
    const header = headerOf(row);
    const { id } = header;
    state.putPaged({
      ...header,
      paged: header.lastSeq,
      changes: changes.get(id) ?? NO_CHANGES,
      hidden: [...(hidden.get(id) ?? [])].map(([userId, one]) => ({ userId, ...one })),
      marks: marks.get(id) ?? [],
      usages: usages.get(id) ?? [],
    });
  }
}

const MARKS =
  'select conversation_id as "conversationId", user_id as "userId", delivered, read from marks order by 1';
const USAGES =
  'select conversation_id as "conversationId", user_id as "userId", bytes, files from usages order by 1';

/** A header with what messages have changed of it since it was stored whole. */
function headerOf({ doc, last_seq: lastSeq, rev, pinned, expiring }: HeaderRow): Conversation {
  const { pinned: _, expiring: __, ...rest } = doc;
  return {
    ...rest,
    ...(pinned && { pinned }),
    ...(expiring && { expiring }),
    lastSeq,
    rev,
  } as Conversation;
}

/** The newest changes of messages, as the log of each conversation in memory has them. */
async function loadChanges(client: Client): Promise<Map<Id, ChangeLog>> {
  const { rows } = await client.query<{ conversation_id: Id; seq: number; changed_rev: number }>(
    `select conversation_id, seq, changed_rev from (
       select conversation_id, seq, changed_rev,
              row_number() over (partition by conversation_id order by changed_rev desc) as n
       from messages where changed_rev is not null) as newest
     where n <= ${MAX_CHANGES + 1} order by conversation_id, changed_rev`,
  );
  const logs = new Map<Id, ChangeLog>();
  for (const { conversation_id: id, seq, changed_rev: rev } of rows)
    logs.set(id, withChange(logs.get(id) ?? NO_CHANGES, seq, rev));
  return logs;
}

async function loadHidden(client: Client): Promise<Map<Id, Map<Id, Hidden>>> {
  const { rows } = await client.query<{ conversation_id: Id; user_id: Id; seq: number; rev: number }>(
    'select conversation_id, user_id, seq, rev from hidden order by rev',
  );
  const all = new Map<Id, Map<Id, Hidden>>();
  for (const { conversation_id: id, user_id: userId, seq, rev } of rows) {
    const own = all.get(id) ?? new Map<Id, Hidden>();
    all.set(id, own);
    const { ranges, changes } = own.get(userId) ?? { ranges: [], changes: NO_CHANGES };
    own.set(userId, { ranges: withSeq(ranges, seq), changes: withChange(changes, seq, rev) });
  }
  return all;
}

async function loadSeen(client: Client, state: State): Promise<void> {
  const { rows } = await client.query<{
    user_id: Id;
    device_id: Id;
    at: number;
    token_issued_at: number | null;
    token_since: number | null;
  }>('select * from seen');
  for (const { user_id: userId, device_id, at, token_issued_at: issuedAt, token_since: since } of rows) {
    const token = issuedAt !== null && since !== null && { token: { issuedAt, since } };
    state.people.recordSeen({ userId, at, ...(device_id !== '' && { deviceId: device_id }), ...token });
  }
}

function grouped<Row extends { conversationId: Id }>(rows: Row[]): Map<Id, Row[]> {
  return Map.groupBy(rows, ({ conversationId }) => conversationId);
}
