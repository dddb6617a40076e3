import type { Store } from '../../src/storage/store.ts';
import { newestSeen } from '../../src/sync/cursor.ts';
import type { Random } from '../crash/random.ts';
import type { History } from './history.ts';
import type { SimulatedCore } from './simulated-core.ts';
import type { SimulatedDatabase } from './simulated-database.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

/** Messages in one answer, few, so that a reader has to ask on. */
const AT_ONCE = 4;

type Delta = {
  isReset: boolean;
  epoch: string;
  upTo: number;
  seen: number;
  rows: { id: string; rev: number; isNew: boolean; edit: number }[];
};
type Deps = {
  time: VirtualTime;
  random: Random;
  database: SimulatedDatabase;
  history: History;
  cores: SimulatedCore[];
};

/** A client that asks one core after another for what is new since its cursor, as sync/read-delta.ts answers it. */
export class Reader {
  /** Messages that it has, with the number of their edit. */
  readonly messages = new Map<string, number>();
  cursor = 0;
  private epoch = '';
  private seen = 0;
  private readonly userId: string;
  private readonly deps: Deps;
  private readonly owner: Owner = { isEnded: false };
  /** Counts its new starts. */
  private starts = 0;

  constructor(userId: string, deps: Deps) {
    this.userId = userId;
    this.deps = deps;
  }

  /** Asks now and then. */
  run(): void {
    const { random, cores, time } = this.deps;
    time.after(random() * 300, this.owner, () => {
      this.ask(random.pick(cores), () => this.run());
    });
  }

  /** Asks a core once. */
  ask(core: SimulatedCore, done: () => void): void {
    const { cursor, epoch, seen, starts } = this;
    core.call(
      (store) => deltaOf(store, this.userId, { epoch, revision: cursor, seen }),
      30_000,
      (_error, delta) => {
        if (delta && starts === this.starts) this.take(delta, cursor);
        done();
      },
    );
  }

  /** Begins without a cursor. */
  restart(): void {
    this.starts += 1;
    this.cursor = 0;
    this.seen = 0;
    this.epoch = '';
    this.messages.clear();
  }

  private take({ isReset, epoch, upTo, seen, rows }: Delta, since: number): void {
    const { history, database } = this.deps;
    if (isReset) {
      if (database.losses.length === 0) history.fail(`the cursor ${since} of ${this.userId} was refused`);
      this.restart();
      return;
    }
    for (const { id, rev, isNew, edit } of rows) {
      // What was committed meanwhile comes again with the next answer.
      if (rev > upTo) continue;
      const isExpected = isNew !== this.messages.has(id);
      if (!isExpected && database.losses.length === 0)
        history.fail(
          `${this.userId} got ${isNew ? 'message' : 'a change before'} ${id} ${isNew ? 'twice' : ''}`,
        );
      this.messages.set(id, edit);
    }
    this.cursor = upTo;
    this.seen = seen;
    this.epoch = epoch;
  }

  /** Whether it has all messages of the database as they are now. */
  check(): void {
    const { history, database } = this.deps;
    for (const [conversationId, rows] of database.tables.messages) {
      if (conversationId === 'ani-budi' && this.userId === 'cici') continue;
      for (const { doc } of rows.values()) {
        const { id, edit = 0 } = JSON.parse(doc) as { id: string; edit?: number };
        const had = this.messages.get(id);
        if (had !== edit)
          history.fail(
            `${this.userId} at cursor ${this.cursor} has ${had === undefined ? 'skipped' : 'an old'} message ${id}`,
          );
      }
    }
  }
}

/** The steps of readDelta (sync/read-delta.ts) and buildDelta (sync/delta.ts) that read messages. */
async function deltaOf(
  store: Store,
  userId: string,
  { epoch: known, revision: since, seen: sawUpTo }: { epoch: string; revision: number; seen: number },
): Promise<Delta> {
  const isAhead = () =>
    known !== '' && newestSeen({ revision: since, seen: sawUpTo }) > store.historyUpTo(known);
  if (isAhead()) await store.catchUp?.();
  const position = store.revision();
  if (isAhead()) return { isReset: true, epoch: store.epoch, upTo: 0, seen: 0, rows: [] };
  const found = (await store.changedMessages(userId, since, { limit: AT_ONCE + 1 })) ?? [];
  const overflow = found[AT_ONCE];
  const whole = overflow ? found.filter(({ rev }) => rev < overflow.rev) : found;
  const seen = whole.reduce((most, { message: { rev, changedRev = rev } }) => Math.max(most, changedRev), 0);
  if (seen > store.revision()) await store.catchUp?.();
  return {
    isReset: false,
    epoch: store.epoch,
    upTo: overflow ? Math.min(overflow.rev - 1, position) : position,
    seen: Math.max(store.revision(), seen),
    rows: whole.map(({ rev, message }) => ({
      id: message.id,
      rev,
      isNew: message.rev > since,
      edit: message.edit ?? 0,
    })),
  };
}
