/** A durable state: the revision of the newest line of the journal, and its code, which covers the lines before it. */
export type Position = { revision: number; code: string };

/** `isEnded` when another history replaced this one, `isEmpty` when nothing at all is remembered. */
export type Remembered = { position: Position | null; isEnded: boolean; isEmpty: boolean };

/**
 * Remembers positions outside of DATA_DIR: cipher-service. `read` returns what is remembered of a history, `raise` resolves
 * when a position is remembered durably and other histories have ended.
 * @throws PositionRefused, or another Error when it is not available
 */
export type RollbackCounter = {
  read(history: string): Promise<Remembered>;
  raise(history: string, position: Position, ended: string[]): Promise<void>;
};

/** A higher position of the history is remembered, or another one, or the history has ended. */
export class PositionRefused extends Error {}
