import type * as wire from '../wire/wire.ts';
import { type Cursor, newestSeen, readCursor } from './cursor.ts';
import { buildDelta, type Call, type DeltaBody, type DeltaDeps } from './delta.ts';

/**
 * What changed for one person since a cursor. Undefined when nothing did: that costs a few comparisons and no promise.
 * The whole state without a cursor, or with one of another store, from the future or from too long ago.
 * @throws ApiError INVALID_CURSOR, TOO_MANY_REQUESTS, CIPHER_UNAVAILABLE
 */
export function readDelta(
  deps: DeltaDeps,
  userId: wire.Id,
  text: string | undefined,
  call: Call,
): Promise<DeltaBody | undefined> | undefined {
  const cursor = text === undefined ? undefined : readCursor(text);
  const { store } = deps;
  const isAhead = cursor && newestSeen(cursor) > store.historyUpTo(cursor.epoch);
  // Another core may have written it.
  return isAhead && store.catchUp
    ? store.catchUp().then(() => readSince(deps, userId, cursor, call))
    : readSince(deps, userId, cursor, call);
}

function readSince(
  deps: DeltaDeps,
  userId: wire.Id,
  cursor: Cursor | undefined,
  call: Call,
): Promise<DeltaBody | undefined> | undefined {
  if (!cursor || !isOwnCursor(deps, cursor)) {
    deps.countLoad(userId);
    return takeTurn(deps, userId, undefined, call);
  }
  const recorded = deps.receipts.recordDelivered(userId, cursor.revision);
  if (recorded) return recorded.then(() => deltaSince(deps, userId, cursor, call));
  return deltaSince(deps, userId, cursor, call);
}

/** A cursor of another run of this process has none of the ephemeral changes of this one: it is always behind. */
function deltaSince(
  deps: DeltaDeps,
  userId: wire.Id,
  cursor: Cursor,
  call: Call,
): Promise<DeltaBody | undefined> | undefined {
  const { store, ephemeral } = deps;
  const hasChanged =
    store.newestFor(userId) > cursor.revision ||
    ephemeral.newestFor(userId) > ephemeral.since(cursor.ephemeral);
  return hasChanged ? takeTurn(deps, userId, cursor, call) : undefined;
}

/** Deltas and other reads of an account take turns. */
const takeTurn = (deps: DeltaDeps, userId: wire.Id, cursor: Cursor | undefined, call: Call) =>
  deps.readSlots.run(userId, call.signal, () => buildDelta(deps, userId, cursor, call));

function isOwnCursor({ store, ephemeral }: DeltaDeps, cursor: Cursor): boolean {
  const { run, n } = ephemeral.now();
  const isFuture = cursor.ephemeral.run === run && cursor.ephemeral.n > n;
  return newestSeen(cursor) <= store.historyUpTo(cursor.epoch) && !isFuture;
}
