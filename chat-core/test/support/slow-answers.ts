/**
 * Preloaded by `--import`, with a number of milliseconds in LATE_BY: each request to this process is delayed by up to half
 * of it, and so is the end of its answer. Code that relies on a lucky order then meets other orders.
 */
import { Server, type ServerResponse } from 'node:http';

type Schedule = (work: () => void, ms: number) => unknown;

/** Delays every server of the process by up to `maxMs`. Tests pass their own `schedule` and `random`. Returns an undo. */
export function slowAnswers(
  maxMs: number,
  schedule: Schedule = setTimeout,
  random = Math.random,
): () => void {
  const { emit } = Server.prototype;
  const half = () => Math.round((random() * maxMs) / 2);
  Server.prototype.emit = function (this: Server, event: string | symbol, ...rest: unknown[]): boolean {
    const pass = () => Reflect.apply(emit, this, [event, ...rest]) as boolean;
    if (event !== 'request') return pass();
    const response = rest[1] as ServerResponse;
    const { end } = response;
    response.end = ((...last: unknown[]) => {
      schedule(() => Reflect.apply(end, response, last), half());
      return response;
    }) as typeof end;
    // The handler would never notice a client that has disconnected by then.
    schedule(() => response.destroyed || pass(), half());
    return true;
  } as typeof emit;
  return () => {
    Server.prototype.emit = emit;
  };
}

const maxMs = Number(process.env.LATE_BY ?? 0);
if (maxMs > 0) slowAnswers(maxMs);
