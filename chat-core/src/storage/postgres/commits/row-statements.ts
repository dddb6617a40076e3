import type { Changes } from '../../rows.ts';
import {
  type Account,
  type Conversation,
  type FileUsage,
  fileKey,
  type HiddenMessage,
  type Mark,
  type Seen,
  type UploadRow,
} from '../../store.ts';
import type { Statement } from './statement.ts';

/** The last row of each key, in the order in which the keys first came: a statement may write a row only once. */
function lastOfEach<Row>(rows: Row[], keyOf: (row: Row) => string): Row[] {
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()];
}

function addDocs(statement: Statement, table: string, ids: string[], docs: unknown[]): void {
  if (ids.length === 0) return;
  const key = table === 'pictures' ? 'user_id' : 'id';
  const params = [statement.param(ids), statement.param(docs.map((doc) => JSON.stringify(doc)))];
  statement.add(
    `insert into ${table} (${key}, doc) select id, doc::json
     from unnest(${params[0]}::text[], ${params[1]}::text[]) as t(id, doc)
     on conflict (${key}) do update set doc = excluded.doc`,
  );
}

function addDeletes(statement: Statement, table: string, key: string, ids: string[]): void {
  if (ids.length > 0)
    statement.add(`delete from ${table} where ${key} = any(${statement.param(ids)}::text[])`);
}

/** Accounts, pictures, invites, and when people were online. A picture goes with its name in the account or the group. */
export function peopleStatements(
  statement: Statement,
  accounts: Account[],
  headers: Conversation[],
  all: Changes[],
): void {
  addDocs(
    statement,
    'accounts',
    accounts.map(({ id }) => id),
    accounts,
  );
  const unnamed = [
    ...accounts.filter(({ profile }) => !profile?.picture),
    ...headers.filter((one) => one.kind === 'group' && !one.group.picture),
  ].map(({ id }) => id);
  const pictures = lastOfEach(
    all.flatMap((changes) => changes.pictures),
    ({ userId }) => userId,
  ).filter(({ userId }) => !unnamed.includes(userId));
  addDocs(
    statement,
    'pictures',
    pictures.map(({ userId }) => userId),
    pictures,
  );
  addDeletes(statement, 'pictures', 'user_id', unnamed);
  const invites = lastOfEach(
    all.flatMap((changes) => changes.invites),
    ({ id }) => id,
  );
  const open = invites.filter(({ used, uses }) => used < uses);
  addDocs(
    statement,
    'invites',
    open.map(({ id }) => id),
    open,
  );
  const spent = invites.filter(({ used, uses }) => used >= uses);
  addDeletes(
    statement,
    'invites',
    'id',
    spent.map(({ id }) => id),
  );
}

/** The later time of each, and the newer token. */
export function addSeen(statement: Statement, rows: Seen[]): void {
  const seen = lastOfEach(rows, ({ userId, deviceId = '' }) => `${userId} ${deviceId}`);
  if (seen.length === 0) return;
  const params = [
    statement.param(seen.map(({ userId }) => userId)),
    statement.param(seen.map(({ deviceId = '' }) => deviceId)),
    statement.param(seen.map(({ at }) => at)),
    statement.param(seen.map(({ token }) => token?.issuedAt ?? null)),
    statement.param(seen.map(({ token }) => token?.since ?? null)),
  ];
  const isNewer = 'excluded.token_issued_at > coalesce(seen.token_issued_at, 0)';
  statement.add(
    `insert into seen (user_id, device_id, at, token_issued_at, token_since)
     select * from unnest(${params[0]}::text[], ${params[1]}::text[], ${params[2]}::bigint[], ${params[3]}::bigint[], ${params[4]}::bigint[])
     on conflict (user_id, device_id) do update set at = greatest(seen.at, excluded.at),
       token_issued_at = case when ${isNewer} then excluded.token_issued_at else seen.token_issued_at end,
       token_since = case when ${isNewer} then excluded.token_since else seen.token_since end`,
  );
}

/** Deletes the uses of devices that are logged out. */
export function deleteSeen(statement: Statement, devices: { userId: string; deviceId: string }[]): void {
  if (devices.length === 0) return;
  const params = [
    statement.param(devices.map(({ userId }) => userId)),
    statement.param(devices.map(({ deviceId }) => deviceId)),
  ];
  statement.add(
    `delete from seen s using unnest(${params[0]}::text[], ${params[1]}::text[]) as t(user_id, device_id)
     where s.user_id = t.user_id and s.device_id = t.device_id`,
  );
}

/** Receipts, and messages that people hid from themselves. `isGone`: of a deleted group, which has neither. */
export function markStatements(
  statement: Statement,
  all: Changes[],
  isGone: (conversationId: string) => boolean,
): void {
  const keyOf = ({ conversationId, userId }: Mark) => `${conversationId} ${userId}`;
  const marks = new Map<string, Mark>();
  for (const mark of all.flatMap((changes) => changes.marks)) {
    const { delivered, read } = marks.get(keyOf(mark)) ?? { delivered: 0, read: 0 };
    marks.set(keyOf(mark), {
      ...mark,
      delivered: Math.max(delivered, mark.delivered),
      read: Math.max(read, mark.read),
    });
  }
  const ofLiving = [...marks.values()].filter(({ conversationId }) => !isGone(conversationId));
  if (ofLiving.length > 0) {
    const params = [
      statement.param(ofLiving.map(({ conversationId }) => conversationId)),
      statement.param(ofLiving.map(({ userId }) => userId)),
      statement.param(ofLiving.map(({ delivered }) => delivered)),
      statement.param(ofLiving.map(({ read }) => read)),
    ];
    statement.add(
      `insert into marks (conversation_id, user_id, delivered, read)
       select * from unnest(${params[0]}::text[], ${params[1]}::text[], ${params[2]}::bigint[], ${params[3]}::bigint[])
       on conflict (conversation_id, user_id) do update
         set delivered = greatest(marks.delivered, excluded.delivered), read = greatest(marks.read, excluded.read)`,
    );
  }
  addHidden(
    statement,
    lastOfEach(
      all.flatMap(({ hidden }) => hidden),
      ({ conversationId, userId, seq }) => `${conversationId} ${userId} ${seq}`,
    ).filter(({ conversationId }) => !isGone(conversationId)),
  );
}

function addHidden(statement: Statement, hidden: HiddenMessage[]): void {
  if (hidden.length === 0) return;
  const params = [
    statement.param(hidden.map(({ conversationId }) => conversationId)),
    statement.param(hidden.map(({ userId }) => userId)),
    statement.param(hidden.map(({ seq }) => seq)),
    statement.param(hidden.map(({ rev }) => rev)),
  ];
  statement.add(
    `insert into hidden (conversation_id, user_id, seq, rev)
     select * from unnest(${params[0]}::text[], ${params[1]}::text[], ${params[2]}::bigint[], ${params[3]}::bigint[])
     on conflict (conversation_id, user_id, seq) do update set rev = excluded.rev`,
  );
}

/** Rows of uploads, and what people use in a conversation. */
export function fileStatements(
  statement: Statement,
  all: Changes[],
  isGone: (conversationId: string) => boolean,
): void {
  const uploads = lastOfEach(
    all.flatMap((changes) => changes.uploads),
    fileKey,
  );
  const stored = uploads.filter(({ state }) => state !== 'removed');
  if (stored.length > 0) {
    const docs = statement.param(stored.map((row) => JSON.stringify(row)));
    statement.add(
      `insert into uploads (conversation_id, id, doc)
       select * from unnest(${pairParams(statement, stored)}, ${docs}::json[])
       on conflict (conversation_id, id) do update set doc = excluded.doc`,
    );
  }
  const removed = uploads.filter(({ state }) => state === 'removed');
  addPairDeletes(statement, 'uploads', 'id', removed);
  addUsages(
    statement,
    lastOfEach(
      all.flatMap(({ usages }) => usages),
      ({ conversationId, userId }) => `${conversationId} ${userId}`,
    ).filter(({ conversationId }) => !isGone(conversationId)),
  );
}

function addUsages(statement: Statement, usages: FileUsage[]): void {
  const pairs = (rows: FileUsage[]) =>
    rows.map(({ conversationId, userId }) => ({ conversationId, id: userId }));
  const some = usages.filter(({ files }) => files > 0);
  if (some.length > 0) {
    const bytes = statement.param(some.map((one) => one.bytes));
    const files = statement.param(some.map((one) => one.files));
    statement.add(
      `insert into usages (conversation_id, user_id, bytes, files)
       select * from unnest(${pairParams(statement, pairs(some))}, ${bytes}::bigint[], ${files}::bigint[])
       on conflict (conversation_id, user_id) do update set bytes = excluded.bytes, files = excluded.files`,
    );
  }
  const none = usages.filter(({ files }) => files === 0);
  addPairDeletes(statement, 'usages', 'user_id', pairs(none));
}

function pairParams(statement: Statement, rows: Pick<UploadRow, 'conversationId' | 'id'>[]): string {
  const conversations = statement.param(rows.map(({ conversationId }) => conversationId));
  return `${conversations}::text[], ${statement.param(rows.map(({ id }) => id))}::text[]`;
}

function addPairDeletes(
  statement: Statement,
  table: string,
  key: string,
  rows: Pick<UploadRow, 'conversationId' | 'id'>[],
): void {
  if (rows.length === 0) return;
  statement.add(
    `delete from ${table} r using unnest(${pairParams(statement, rows)}) as t(conversation_id, id)
     where r.conversation_id = t.conversation_id and r.${key} = t.id`,
  );
}
