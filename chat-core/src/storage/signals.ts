import type { Activity, Id } from '../wire/wire.ts';
import type { Mark } from './records.ts';

/** What people do that is never written on its own. `forMs`: until when a poll of a person shows that they are there. */
export type Signal =
  | { kind: 'typing'; userId: Id; conversationId: Id }
  | { kind: 'polled'; userId: Id; activity: Activity; forMs: number }
  | { kind: 'mark'; mark: Mark };

/** Passes signals between the processes that share a database. One that is lost is not repeated. */
export interface Signals {
  /** To all other processes, soon. Never throws. */
  send(signal: Signal): void;
  /** Calls `listener` with each signal of another process. */
  onSignal(listener: (signal: Signal) => void): void;
}
