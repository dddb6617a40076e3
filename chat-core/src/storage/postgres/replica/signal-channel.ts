import type { Signal, Signals } from '../../signals.ts';
import type { Query } from '../connections/connection.ts';

/** The channel on which cores pass signals. */
export const SIGNALS = 'bisik_signals';
/** Signals are gathered for so long. */
const GATHER_MS = 20;
/** The database takes notices of less than 8,000 bytes. */
const MAX_BYTES = 7500;
/** Signals that wait; beyond, the oldest are dropped. */
const MAX_WAITING = 2000;

type Notice = { core: string; signals: Signal[] };

/** Signals as notices of the database, several in each. */
export class SignalChannel implements Signals {
  private readonly query: Query;
  private readonly core: string;
  private readonly listeners = new Set<(signal: Signal, core: string) => void>();
  private waiting: Signal[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** `core` names this process. */
  constructor(query: Query, core: string) {
    this.query = query;
    this.core = core;
  }

  send(signal: Signal): void {
    this.waiting.push(signal);
    if (this.waiting.length > MAX_WAITING) this.waiting.shift();
    this.timer ??= setTimeout(() => this.flush(), GATHER_MS).unref();
  }

  onSignal(listener: (signal: Signal, core: string) => void): void {
    this.listeners.add(listener);
  }

  /** A notice has arrived. */
  received(payload: string): void {
    const { core, signals } = JSON.parse(payload) as Notice;
    if (core === this.core) return;
    for (const signal of signals) for (const listener of this.listeners) listener(signal, core);
  }

  close(): void {
    clearTimeout(this.timer);
    this.waiting = [];
  }

  private flush(): void {
    this.timer = undefined;
    for (const signals of inNotices(this.waiting)) {
      const notice: Notice = { core: this.core, signals };
      this.query(`select pg_notify('${SIGNALS}', $1)`, [JSON.stringify(notice)]).catch(() => {});
    }
    this.waiting = [];
  }
}

/** The signals in groups that fit into a notice each. */
function inNotices(signals: Signal[]): Signal[][] {
  const groups: Signal[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const signal of signals) {
    const size = Buffer.byteLength(JSON.stringify(signal)) + 1;
    if (bytes + size > MAX_BYTES) {
      groups.push([]);
      bytes = 100;
    }
    groups.at(-1)?.push(signal);
    bytes += size;
  }
  return groups;
}
