import { askOnce, type Connection, openConnection, openConnections } from './connection.ts';
import { acknowledged } from './read-back.ts';
import { type Prepared, prepare } from './request.ts';
import { openTiming, type Timed, type Timing } from './timing.ts';

/** Requests of one kind at a fixed rate, whatever the server does; `requests` take turns. */
export type Stream = { name: string; requests: string[]; perSecond: number };
/** A request that finds no free socket is turned away before it is sent, as by a full browser or tunnel. */
export type OfferOrder = { kind: 'offer'; port: number; streams: Stream[]; sockets: number; ms: number };
/** `due` counts all requests of the schedule, `turnedAway` those without a socket; `refusedP99` is of responses 429 and 503. */
export type Offered = Timed & { due: number; turnedAway: number; refusedP99: number };

const TICK_MS = 1;
/** How long after the end responses are still recorded as acknowledged. */
const LINGER_MS = 10_000;

/**
 * An open loop. It ends without waiting for pending requests; a message acknowledged after the end counts as acknowledged
 * only.
 */
export async function offer({ port, streams, sockets, ms }: OfferOrder): Promise<Record<string, Offered>> {
  const all = await openConnections(port, sockets);
  const free = [...all];
  const started = performance.now();
  const until = started + ms;
  const running = streams.map((stream) => ({
    ...stream,
    next: stream.requests.map(prepare),
    timing: openTiming(),
    refusals: openTiming(),
    turnedAway: 0,
  }));
  const schedule = openSchedule(streams.map(({ perSecond }) => perSecond));
  await new Promise<void>((done) => {
    const tick = () => {
      const now = performance.now();
      schedule.until((Math.min(now, until) - started) / 1000, (index, n) => {
        const stream = running[index] as (typeof running)[number];
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
  }, LINGER_MS).unref();
  return Object.fromEntries(
    running.map(({ name, timing, refusals, turnedAway }, index) => {
      const due = schedule.count(index);
      const refusedP99 = refusals.result(1).p99;
      return [name, { ...timing.result(ms / 1000), due, turnedAway, refusedP99 }];
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
  const sentAt = performance.now();
  connection.ask(bytes, (status) => {
    const now = performance.now();
    if (status === 200 && id !== undefined) acknowledged.add(id);
    if (now < until) {
      stream.timing.add(status, now - sentAt);
      if (status === 429 || status === 503) stream.refusals.add(200, now - sentAt);
    }
    done();
  });
}

/** When the requests of several streams are due, each stream at its own rate. */
export type Schedule = {
  /** Calls `onDue` for each request that became due since the last call, in order: the `n`th (from 0) of a stream. */
  until(seconds: number, onDue: (stream: number, n: number) => void): void;
  count(stream: number): number;
};

/**
 * The nth request of a stream is due after n ÷ its rate. Streams are interleaved: else the first would take every free
 * socket, and the others would only be turned away.
 */
export function openSchedule(perSecond: number[]): Schedule {
  const counts = perSecond.map(() => 0);
  const dueOf = (index: number) => ((counts[index] ?? 0) + 1) / (perSecond[index] ?? 0);
  return {
    until: (seconds, onDue) => {
      for (;;) {
        let first = 0;
        for (let index = 1; index < counts.length; index++) if (dueOf(index) < dueOf(first)) first = index;
        if (dueOf(first) > seconds) return;
        const n = counts[first] ?? 0;
        counts[first] = n + 1;
        onDue(first, n);
      }
    },
    count: (index) => counts[index] ?? 0,
  };
}

/** One client that sends these in turn, every `everyMs`, until `inARow` of them are answered 2xx within `normalMs`. */
export type RecoverOrder = {
  kind: 'recover';
  port: number;
  requests: string[];
  normalMs: number;
  everyMs: number;
  inARow: number;
  timeoutMs: number;
};

/** Milliseconds until the first of that row was sent; undefined after `timeoutMs`. */
export async function recover(order: RecoverOrder): Promise<{ ms: number | undefined }> {
  const started = performance.now();
  const next = order.requests.map(prepare);
  const connection = openConnection(order.port);
  let [row, since] = [0, started];
  for (let n = 0; row < order.inARow; n++) {
    const sentAt = performance.now();
    if (sentAt - started > order.timeoutMs) return { ms: undefined };
    if (row === 0) since = sentAt;
    const { bytes, id } = next[n % next.length]?.() ?? { bytes: Buffer.alloc(0) };
    const status = await askOnce(connection, bytes).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200 && id !== undefined) acknowledged.add(id);
    const ms = performance.now() - sentAt;
    row = status >= 200 && status < 300 && ms <= order.normalMs ? row + 1 : 0;
    await new Promise((done) => setTimeout(done, Math.max(0, order.everyMs - ms)));
  }
  connection.close();
  return { ms: since - started };
}
