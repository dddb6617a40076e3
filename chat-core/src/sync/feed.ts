import type * as wire from '../wire/wire.ts';
import { type Cursor, readCursor } from './cursor.ts';
import { type DeltaDeps, describe, type Unpaced } from './delta.ts';

/**
 * What changed for one person since a cursor; undefined when nothing did, which costs a few comparisons and no promise.
 * Without a cursor, or with one of another box, from the future or from too long ago, the whole state.
 * @throws ApiError INVALID_CURSOR, CIPHER_UNAVAILABLE
 */
export function readDelta(
  deps: DeltaDeps,
  userId: wire.Id,
  text: string | undefined,
): Promise<Unpaced | undefined> | undefined {
  const asked = text === undefined ? undefined : readCursor(text);
  if (!asked || !isOurs(deps, asked)) return describe(deps, userId, undefined);
  const received = deps.marks.receive(userId, asked.revision);
  if (received) return received.then(() => sinceCursor(deps, userId, asked));
  return sinceCursor(deps, userId, asked);
}

/** A cursor of another run of this process knows none of the changes that live in RAM: it is always behind. */
function sinceCursor(
  deps: DeltaDeps,
  userId: wire.Id,
  asked: Cursor,
): Promise<Unpaced | undefined> | undefined {
  const { store, live } = deps;
  const isNews = store.newestFor(userId) > asked.revision || live.newestFor(userId) > live.since(asked.live);
  return isNews ? describe(deps, userId, asked) : undefined;
}

function isOurs({ store, live }: DeltaDeps, { epoch, revision, live: asked }: Cursor): boolean {
  const { run, n } = live.now();
  return epoch === store.epoch && revision <= store.revision() && (asked.run !== run || asked.n <= n);
}
