import type { Store, StoredMessage } from '../../src/storage/store.ts';
import type { SimulatedDatabase } from './simulated-database.ts';
import { Violation } from './simulated-tables.ts';
import type { Owner } from './virtual-time.ts';
import { PEOPLE } from './work.ts';

type Acknowledged = { conversationId: string; seq: number; rev: number; askedAt: number };
type AcknowledgedEdit = Pick<StoredMessage, 'conversationId' | 'seq' | 'edit' | 'changedRev'> & {
  askedAt: number;
};

/** What was acknowledged and shown, against which the rows of the database and of all cores are checked. */
export class History {
  readonly acknowledged = new Map<string, Acknowledged>();
  private readonly edits = new Map<string, AcknowledgedEdit>();
  /** Acknowledged messages that are lost because a standby lacked them. */
  lost = 0;
  private readonly database: SimulatedDatabase;
  /** Of each life of a core, what it held in memory at a revision. */
  private readonly views = new Map<Owner, Map<number, string>>();
  private readonly common = new Map<number, string>();

  constructor(database: SimulatedDatabase) {
    this.database = database;
  }

  fail(message: string): void {
    this.database.violation ??= new Violation(message);
  }

  /** A message was acknowledged. `askedAt`: when the core was asked for it. */
  acknowledge(id: string, row: Acknowledged): void {
    if (this.database.unconfirmedRevisions.has(row.rev))
      this.fail(`message ${id} was acknowledged before the standby had it`);
    const before = this.acknowledged.get(id);
    this.acknowledged.set(id, row);
    if (before && before.seq !== row.seq && !this.mayBeLost(before))
      this.fail(`message ${id} was acknowledged with seq ${before.seq} and with ${row.seq}`);
  }

  /** An edit was acknowledged: the newest one of its message is kept. */
  acknowledgeEdit(row: AcknowledgedEdit): void {
    const key = `${row.conversationId} ${row.seq}`;
    if ((this.edits.get(key)?.edit ?? 0) <= (row.edit ?? 0)) this.edits.set(key, row);
  }

  /** Whether a standby that lacked it has taken over since, for which no commit waits. */
  private mayBeLost({ rev, askedAt }: Pick<Acknowledged, 'rev' | 'askedAt'>): boolean {
    const { losses, options } = this.database;
    return !options.isSynchronous && losses.some(({ at, kept }) => askedAt <= at && rev > kept);
  }

  /** Compares what a core holds at its revision with what others held at the same one. */
  async compare(store: Store, owner: Owner): Promise<void> {
    const revision = store.revision();
    const view = await outlineOf(store);
    const own = this.views.get(owner) ?? new Map<number, string>();
    this.views.set(owner, own.set(revision, view));
    if (this.database.losses.length > 0) return;
    const known = this.common.get(revision);
    if (known === undefined) this.common.set(revision, view);
    else if (known !== view)
      this.fail(`two cores differ at revision ${revision}: ${difference(known, view)}`);
  }

  /** Checks what is in the database at the end, and in each core that runs. */
  async check(stores: [Store, Owner][], fresh: Store): Promise<void> {
    this.checkRevisions();
    this.checkMessages();
    this.checkEdits();
    const expected = await viewOf(fresh);
    const common = new Map<number, string>();
    for (const [store, owner] of stores) {
      const view = await viewOf(store);
      if (view !== expected) this.fail(`a core differs from the database: ${difference(view, expected)}`);
      for (const [revision, past] of this.views.get(owner) ?? []) {
        if ((common.get(revision) ?? past) !== past)
          this.fail(
            `two cores have differed at revision ${revision}: ${difference(past, common.get(revision) ?? past)}`,
          );
        common.set(revision, past);
      }
    }
  }

  private checkRevisions(): void {
    const { box, commits } = this.database.tables;
    let last = 0;
    for (let revision = 1; revision <= box.revision; revision++) {
      const record = commits.get(revision);
      if (!record) this.fail(`revision ${revision} is missing`);
      else if (record.at < last) this.fail(`the time of commit ${revision} is before that of the one before`);
      last = record?.at ?? last;
    }
    if (commits.size !== box.revision)
      this.fail(`there are ${commits.size} commits at revision ${box.revision}`);
  }

  private checkEdits(): void {
    const { messages } = this.database.tables;
    for (const { conversationId, seq, edit = 0, changedRev = 0, askedAt } of this.edits.values()) {
      const doc = messages.get(conversationId)?.get(seq)?.doc ?? '{}';
      const { edit: now = 0 } = JSON.parse(doc) as { edit?: number };
      if (now < edit && !this.mayBeLost({ rev: changedRev, askedAt }))
        this.fail(`edit ${edit} of seq ${seq} of ${conversationId} is lost`);
    }
  }

  private checkMessages(): void {
    const places = new Map<string, { conversationId: string; seq: number }>();
    for (const [conversationId, rows] of this.database.tables.messages) {
      const inOrder = [...rows].sort(([a], [b]) => a - b);
      for (const [index, [seq, { doc, rev }]] of inOrder.entries()) {
        const { id } = JSON.parse(doc) as { id: string };
        if (seq !== index + 1) this.fail(`${conversationId} has a hole before seq ${seq}`);
        if (rev < (inOrder[index - 1]?.[1].rev ?? 0))
          this.fail(`seq ${seq} of ${conversationId} is not in the order of revisions`);
        if (places.has(id)) this.fail(`message ${id} is stored twice`);
        places.set(id, { conversationId, seq });
      }
    }
    for (const [id, row] of this.acknowledged) {
      const found = places.get(id);
      if (found?.seq === row.seq && found.conversationId === row.conversationId) continue;
      if (this.mayBeLost(row)) this.lost += 1;
      else this.fail(`acknowledged message ${id} is ${found ? 'elsewhere' : 'lost'}`);
    }
  }
}

/** The positions in what a core holds in memory. */
async function outlineOf(store: Store): Promise<string> {
  const newest = PEOPLE.map((id) => store.newestFor(id));
  const [own, others, marks] = await Promise.all([
    store.conversationsOf('ani'),
    store.conversationsOf('cici'),
    store.marksOf('group'),
  ]);
  const lines = [...own, ...others].map(({ id, rev, lastSeq }) => `${id} ${rev} ${lastSeq}`).sort();
  return [...newest, ...lines, ...marks.map(({ userId, read }) => `${userId} ${read}`)].join('\n');
}

/** What a core holds in memory, as text. The calls are made at once, so that all of it is of one revision. */
async function viewOf(store: Store): Promise<string> {
  const parts = PEOPLE.flatMap((id) => [store.account(id), store.conversationsOf(id)]);
  const newest = PEOPLE.map((id) => store.newestFor(id));
  const marks = ['ani-budi', 'ani-cici', 'group'].map((id) => store.marksOf(id));
  const rows = await Promise.all([...parts, ...marks]);
  return [newest, ...rows.map(sorted)].map((row) => JSON.stringify(row)).join('\n');
}

/** The first line in which two views differ. */
function difference(one: string, other: string): string {
  const lines = other.split('\n');
  const index = one.split('\n').findIndex((line, n) => line !== lines[n]);
  return `${one.split('\n')[index]} and ${lines[index]}`;
}

/** Lists of rows have no order of their own. */
function sorted(rows: unknown): unknown {
  if (!Array.isArray(rows)) return inOrder(rows);
  return rows.map((row) => JSON.stringify(inOrder(row))).sort();
}

/** Nor have the fields of a row. */
function inOrder(row: unknown): unknown {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return row;
  return Object.fromEntries(
    Object.entries(row)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, inOrder(value)]),
  );
}
