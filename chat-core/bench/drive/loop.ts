import { openConnection } from './connection.ts';
import { type Prepared, prepare } from './request.ts';
import { openTiming, type Timed } from './timing.ts';

/** Each connection sends one request after the other: of k connections, the nth takes requests n, n + k, n + 2k… */
export type LoopOrder = {
  kind: 'loop';
  port: number;
  requests: string[];
  connections: number;
  ms: number;
  /** Milliseconds at the beginning that are not counted. */
  warmUpMs: number;
};

/** After this many lost connections in a row the loop fails. */
const MAX_LOST = 100;

/** A closed loop. @throws Error when a connection ends repeatedly */
export function loop({ port, requests, connections, ms, warmUpMs }: LoopOrder): Promise<Timed> {
  const started = performance.now();
  const [from, until] = [started + warmUpMs, started + warmUpMs + ms];
  const timing = openTiming();
  const prepared = requests.map(prepare);
  const run = (n: number) =>
    new Promise<void>((done, fail) => {
      let turn = n;
      const connection = openConnection(port);
      let [lost, sentAt] = [0, 0];
      const again = () => {
        const next = prepared[turn % prepared.length] as Prepared;
        turn += connections;
        sentAt = performance.now();
        connection.ask(next().bytes, take);
      };
      const take = (status: number) => {
        const now = performance.now();
        if (sentAt >= from && now < until) timing.add(status, now - sentAt);
        lost = status === 0 ? lost + 1 : 0;
        const isReachable = lost < MAX_LOST;
        if (now < until && isReachable) return again();
        connection.close();
        if (isReachable) done();
        else fail(new Error(`port ${port} ends connections without an answer`));
      };
      again();
    });
  return Promise.all(Array.from({ length: connections }, (_, n) => run(n))).then(() =>
    timing.result(ms / 1000),
  );
}
