import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownFolder, putFile } from './durable.ts';
import { RequestRefused, StartRefused } from './errors.ts';
import { exactly, isCount, listOf } from './shape.ts';
import type { CounterRaise, CounterRead, CounterState, Position } from './wire.ts';

/** Below `KEYS_DIR/cipher`: in containers a volume of its own, since the keys are read-only for the service. */
const FOLDER = 'counter';
const FILE = 'positions.json';
/** A box has one history, and one more with each restore or repair. The oldest that ended are forgotten first. */
const MAX_HISTORIES = 256;
const MAX_ENDED = 64;

const isHistory = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value);
const isPosition = exactly<Position>({
  revision: isCount,
  code: (value) => typeof value === 'string' && /^[\w-]{22}$/.test(value),
});
const isRead = exactly<CounterRead>({ history: isHistory });
const isRaise = exactly<CounterRaise>({
  history: isHistory,
  position: isPosition,
  ended: listOf(isHistory, 0, MAX_ENDED),
});
/** The content of the file; the position of a history that ended is null. */
type Stored = { version: 1; histories: [history: string, position: Position | null][] };
const isStored = exactly<Stored>({
  version: (value) => value === 1,
  histories: listOf(
    (item): item is [string, Position | null] =>
      Array.isArray(item) && isHistory(item[0]) && (item[1] === null || isPosition(item[1])),
    0,
    MAX_HISTORIES,
  ),
});

export type Counter = {
  /** Answers `POST /counter/read`. @throws RequestRefused INVALID_REQUEST */
  read(body: unknown): CounterState;
  /**
   * Answers `POST /counter/raise` once the position is durable. The same position again changes nothing.
   * @throws RequestRefused INVALID_REQUEST, POSITION_BEHIND, COUNTER_FULL
   */
  raise(body: unknown): Promise<CounterState>;
};

/**
 * Remembers, outside of the core's data folder, how far the history of that folder was: the core compares it at its start, so
 * that an older copy of the whole folder is noticed. Positions only rise; a history that ended has none any more.
 */
export function openCounter(keysDir: string): Counter {
  const folder = join(keysDir, 'cipher', FOLDER);
  const path = join(folder, FILE);
  let histories: Map<string, Position | null> | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  const load = (): Map<string, Position | null> => {
    histories ??= existsSync(path) ? parsePositions(readFileSync(path), path) : new Map();
    return histories;
  };
  const stateOf = (history: string): CounterState => {
    const all = load();
    const position = all.get(history) ?? null;
    return { position, isEnded: all.has(history) && position === null, isEmpty: all.size === 0 };
  };
  const raise = async ({ history, position, ended }: CounterRaise): Promise<CounterState> => {
    const found = load().get(history);
    if (found === null || (found && found.revision > position.revision))
      throw new RequestRefused('POSITION_BEHIND');
    if (found?.revision === position.revision) {
      if (found.code !== position.code) throw new RequestRefused('POSITION_BEHIND');
      return stateOf(history);
    }
    const next = new Map(load());
    next.delete(history);
    next.set(history, position);
    for (const one of ended.filter((other) => other !== history)) next.set(one, null);
    forgetOldest(next);
    const stored: Stored = { version: 1, histories: [...next] };
    ownFolder(folder);
    await putFile(path, `${JSON.stringify(stored)}\n`);
    histories = next;
    return stateOf(history);
  };
  return {
    read: (body) => {
      if (!isRead(body)) throw new RequestRefused('INVALID_REQUEST');
      return stateOf(body.history);
    },
    raise: (body) => {
      if (!isRaise(body)) throw new RequestRefused('INVALID_REQUEST');
      const done = writing.then(() => raise(body));
      writing = done.catch(() => {});
      return done;
    },
  };
}

/** @throws RequestRefused COUNTER_FULL when no history in it has ended */
function forgetOldest(histories: Map<string, Position | null>): void {
  for (const [history, position] of histories) {
    if (histories.size <= MAX_HISTORIES) return;
    if (position === null) histories.delete(history);
  }
  if (histories.size > MAX_HISTORIES) throw new RequestRefused('COUNTER_FULL');
}

/** The content of the counter's file. @throws StartRefused when it is damaged: what it said must not be taken for nothing */
export function parsePositions(bytes: Buffer, path: string): Map<string, Position | null> {
  let stored: unknown;
  try {
    stored = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw damaged(path, cause);
  }
  if (!isStored(stored)) throw damaged(path);
  return new Map(stored.histories);
}

function damaged(path: string, cause?: unknown): StartRefused {
  const remedy = 'remove it while the box is stopped, and run repair with --accept-older';
  return new StartRefused(`${path} is damaged, and no position is remembered: ${remedy}.`, { cause });
}
