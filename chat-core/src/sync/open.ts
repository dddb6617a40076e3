import type { Cipher } from '../cipher/cipher.ts';
import type { Pressure } from '../http/pressure.ts';
import type { Store } from '../storage/store.ts';
import type { Activity, Id } from '../wire.ts';
import { Held } from './held.ts';
import { Live } from './live.ts';
import { Marks } from './marks.ts';
import { pollAfter } from './pace.ts';

/** What polls need besides the rows: what changes in RAM, who waits, and when each person last had news. */
export type Sync = {
  store: Store;
  cipher: Cipher;
  live: Live;
  marks: Marks;
  held: Held;
  /** Milliseconds until a client is to poll again. */
  pace(userId: Id, activity: Activity, held: boolean): number;
};

/** @param most polls that wait at once */
export function openSync(store: Store, cipher: Cipher, pressure: Pressure, most: number): Sync {
  const live = new Live();
  const held = new Held(most);
  const changedAt = new Map<Id, number>();
  const tell = (users: Iterable<Id>) => {
    for (const user of users) changedAt.set(user, performance.now());
    held.wake(users);
  };
  store.onCommit(({ users }) => tell(users));
  live.onChange(tell);
  return {
    store,
    cipher,
    live,
    marks: new Marks(store, live),
    held,
    pace: (userId, activity, wasHeld) => {
      const changedMs = performance.now() - (changedAt.get(userId) ?? Number.NEGATIVE_INFINITY);
      return pollAfter({ activity, changedMs, held: wasHeld, pressure: pressure() });
    },
  };
}
