import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Clock } from '../clock.ts';
import { inTime } from '../deadline.ts';
import type { KeyValueStore } from '../key-value-store.ts';
import type { Event } from '../state/state.ts';
import type { Store } from '../state/store.ts';
import { createDrafts } from './drafts.ts';
import type { LocalDb } from './local-db.ts';
import { createUnsent, type UnsentNote } from './outbox-store.ts';
import { takeLocalDb } from './prefetch-archive.ts';
import { createKeeper } from './snapshot-writer.ts';

/** What one tab tells the others of what it has stored. */
export type StorageNote = { type: 'unsent'; note: UnsentNote } | { type: 'kept'; cursor: string };

type Deps = {
  store: Store;
  keyValueStore: KeyValueStore;
  clock: Clock;
  tabs: { unsent: (note: UnsentNote) => void; kept: (cursor: string) => void };
  cursor: () => string | null;
  leads: () => boolean;
  open?: (userId: Id, clock: Clock) => Promise<LocalDb | undefined>;
};
export type Keeping = ReturnType<typeof createKeeping>;

/**
 * Everything this browser keeps for one account: the drafts on the key-value store; what was not sent and what the page opens
 * with in the archive. Where there is no archive what was not sent is on the key-value store too, and the rest with the box.
 */
export function createKeeping(userId: Id, deps: Deps) {
  const { store, keyValueStore, clock, tabs, cursor, leads, open = takeLocalDb } = deps;
  const { wipe, ...drafts } = createDrafts(keyValueStore, userId);
  const unsent = createUnsent(keyValueStore, userId, tabs.unsent);
  const keeper = createKeeper({ store, clock, cursor, leads, onKept: tabs.kept });
  let isLoaded = false;

  async function load(): Promise<string | null> {
    const archive = await open(userId, clock);
    if (!keeper.use(archive) || !archive) return null;
    const found = await archive.load().catch(() => null);
    isLoaded = true;
    await unsent.use(archive);
    await unsent.reread();
    // The box may have answered before.
    if (!found || keeper.isOver() || store.get().ready) return null;
    store.dispatch({ type: 'snapshot', people: found.people, chats: found.chats });
    return found.cursor;
  }

  return {
    ...drafts,
    unsent,
    /** The state, each change of which is kept. */
    store: {
      get: store.get,
      dispatch(event: Event): void {
        const before = store.get();
        store.dispatch(event);
        if (store.get() !== before) keeper.saw(event);
      },
    },
    stretch: keeper.stretch,
    picture: keeper.picture,
    /**
     * Shows what is kept; resolves with the cursor to go on from, null when there is none, or a browser does not say in
     * time what it keeps. `onLate` hears of that cursor when it says so after all.
     */
    async begin(onLate: (cursor: string | null) => void = () => undefined): Promise<string | null> {
      let [isOver, isLate] = [false, false];
      const loading = load().then((from) => {
        isOver = true;
        if (isLate) onLate(from);
        return from;
      });
      const from = await inTime(clock, loading, null);
      isLate = !isOver;
      return from;
    },
    /** Whether chats and messages are kept here. */
    isKept: () => isLoaded && keeper.isKeeping(),
    follow(note: StorageNote): void {
      if (note.type === 'unsent') unsent.follow(note.note);
      else keeper.keptElsewhere(note.cursor);
    },
    /** This tab leads now. */
    schedule: keeper.schedule,
    flush: keeper.flush,
    /** Nothing stays, neither here nor in another tab. */
    wipe(): void {
      unsent.forget();
      keeper.wipe();
      wipe();
    },
    close: keeper.close,
  };
}
