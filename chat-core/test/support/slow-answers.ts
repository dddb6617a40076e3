/**
 * Preloaded by `--import`, with a number of milliseconds in LATE_BY: each request to this process waits for up to half of
 * them before it is heard, and its answer for up to half before it ends. What took its turns by luck then takes others.
 */
import { Server, type ServerResponse } from 'node:http';

type Later = (work: () => void, ms: number) => unknown;

/** Makes every server of the process slow by up to `most` ms; `later` and `random` are the test's, or what they are. */
export function slowAnswers(most: number, later: Later = setTimeout, random = Math.random): () => void {
  const { emit } = Server.prototype;
  const half = () => Math.round((random() * most) / 2);
  Server.prototype.emit = function (this: Server, event: string | symbol, ...rest: unknown[]): boolean {
    const pass = () => Reflect.apply(emit, this, [event, ...rest]) as boolean;
    if (event !== 'request') return pass();
    const response = rest[1] as ServerResponse;
    const { end } = response;
    response.end = ((...last: unknown[]) => {
      later(() => Reflect.apply(end, response, last), half());
      return response;
    }) as typeof end;
    // Whoever has gone meanwhile would never be noticed to be gone.
    later(() => response.destroyed || pass(), half());
    return true;
  } as typeof emit;
  return () => {
    Server.prototype.emit = emit;
  };
}

const most = Number(process.env.LATE_BY ?? 0);
if (most > 0) slowAnswers(most);
