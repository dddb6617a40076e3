import type { Activity, Id } from '../wire/wire.ts';
import type { Mark } from './records.ts';

/** What people do that is never written on its own. `forMs`: until when a poll of a person shows that they are there. 'left': their polls ended there, and none came after them. 'pushed': the delay of pushes is over, of all up to this message. */
export type Signal =
  | { kind: 'typing'; userId: Id; conversationId: Id }
  | { kind: 'polled'; userId: Id; activity: Activity; forMs: number }
  | { kind: 'left'; userId: Id }
  | { kind: 'mark'; mark: Mark }
  | { kind: 'pushed'; conversationId: Id; seq: number };

/** Passes signals between the processes that share a database. One that is lost is not repeated. */
export interface Signals {
  /** To all other processes, soon. Never throws. */
  send(signal: Signal): void;
  /** Calls `listener` with each signal of another process, and the name of that process. */
  onSignal(listener: (signal: Signal, core: string) => void): void;
}
