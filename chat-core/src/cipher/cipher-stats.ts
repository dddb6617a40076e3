import { Durations } from '../durations.ts';

/** The calls of cipher-service since the start of this process. */
export class CipherStats {
  /** Of calls that were answered. */
  readonly durations = new Durations();
  /** Calls without a whole answer in time. */
  failures = 0;

  record(ms: number, isAnswered: boolean): void {
    if (isAnswered) this.durations.record(ms);
    else this.failures += 1;
  }
}
