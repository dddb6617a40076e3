import { acknowledged } from './acknowledged.ts';
import { type Connection, openConnections } from './connection.ts';
import { type Prepared, prepare } from './request.ts';
import { openTiming, type Timed, type Timing } from './timing.ts';
import { openWishes } from './wishes.ts';

/** Requests wished by the clock, whatever the server does. One stream is one kind of request, in turn by `requests`. */
export type Stream = { name: string; requests: string[]; perSecond: number };
/** A wish that finds none of so many sockets free is turned away before it leaves, as a full browser or tunnel does. */
export type OfferOrder = { kind: 'offer'; port: number; streams: Stream[]; sockets: number; ms: number };
/** `wished` and `turnedAway` count what did not depend on the server; `refusedP99` is of answers 429 and 503. */
export type Offered = Timed & { wished: number; turnedAway: number; refusedP99: number };

const TICK_MS = 1;
/** After the end, answers that still come are taken down for so long. */
const LATE_MS = 10_000;

/**
 * An open loop. Answers at its end without waiting for what is still under way: what is acknowledged later counts as
 * acknowledged, and as nothing else.
 */
export async function offer({ port, streams, sockets, ms }: OfferOrder): Promise<Record<string, Offered>> {
  const all = await openConnections(port, sockets);
  const free = [...all];
  const begun = performance.now();
  const until = begun + ms;
  const running = streams.map((stream) => ({
    ...stream,
    next: stream.requests.map(prepare),
    timing: openTiming(),
    refusals: openTiming(),
    turnedAway: 0,
  }));
  const wishes = openWishes(streams.map(({ perSecond }) => perSecond));
  await new Promise<void>((done) => {
    const tick = () => {
      const now = performance.now();
      wishes.until((Math.min(now, until) - begun) / 1000, (at, n) => {
        const stream = running[at] as (typeof running)[number];
        const connection = free.pop();
        if (!connection) stream.turnedAway += 1;
        else send(connection, stream, n, until, () => free.push(connection));
      });
      if (now >= until) done();
      else setTimeout(tick, TICK_MS);
    };
    tick();
  });
  setTimeout(() => {
    for (const connection of all) connection.close();
  }, LATE_MS).unref();
  return Object.fromEntries(
    running.map(({ name, timing, refusals, turnedAway }, at) => {
      const wished = wishes.count(at);
      const refusedP99 = refusals.result(1).p99;
      return [name, { ...timing.result(ms / 1000), wished, turnedAway, refusedP99 }];
    }),
  );
}

function send(
  connection: Connection,
  stream: { next: Prepared[]; timing: Timing; refusals: Timing },
  n: number,
  until: number,
  done: () => void,
): void {
  const { bytes, id } = stream.next[n % stream.next.length]?.() ?? { bytes: Buffer.alloc(0) };
  const asked = performance.now();
  connection.ask(bytes, (status) => {
    const now = performance.now();
    if (status === 200 && id !== undefined) acknowledged.add(id);
    if (now < until) {
      stream.timing.add(status, now - asked);
      if (status === 429 || status === 503) stream.refusals.add(200, now - asked);
    }
    done();
  });
}
