import { pause } from '../report.ts';
import { openConnection } from './connection.ts';
import { type Listener, listen, type PollCounts } from './polls.ts';
import { type Person, prepare, sendText } from './request.ts';
import { openTiming, type Timed } from './timing.ts';

export type Pair = { from: Person; to: Person; cursor: string };

/**
 * Messages from one of each pair to the other, whose poll is held. With `perSecond`, that many in all at a fixed rate;
 * without, each pair has one in flight, and the next follows when it is answered and delivered.
 */
export type DeliverOrder = {
  kind: 'deliver';
  port: number;
  /** Where the polls are held, unless there too. */
  listenPort?: number;
  /** `cursor` is the recipient's current one. */
  pairs: Pair[];
  text: string;
  perSecond?: number;
  ms: number;
  warmUpMs: number;
};
/** Milliseconds from sending the request to receiving the delta; `sent` and `delivered` are of the whole run. */
export type Delivered = Timed & { sent: number; delivered: number; polled: PollCounts };

const SETTLE_MS = 500;

export async function deliver(order: DeliverOrder): Promise<Delivered> {
  const { port, listenPort = port, pairs, text, perSecond, ms, warmUpMs } = order;
  // The measurement begins once all polls are certainly held.
  const started = performance.now() + SETTLE_MS;
  const [counted, until] = [started + warmUpMs, started + warmUpMs + ms];
  const timing = openTiming();
  const polled: PollCounts = { polls: 0, notHeld: 0, codes: {} };
  const listeners: Listener[] = [];
  let [sent, delivered] = [0, 0];

  const senders = pairs.map(({ from, to, cursor }) => {
    const next = prepare(sendText(from, text));
    const connection = openConnection(port);
    const inFlight = new Map<string, number>();
    const proceed = () => {
      if (perSecond === undefined && connection.isFree() && inFlight.size === 0) send();
    };
    const send = () => {
      if (performance.now() >= until) return;
      const { bytes, id = '' } = next();
      inFlight.set(id, performance.now());
      connection.ask(bytes, (status, body) => {
        if (status !== 200) throw new Error(`a message was answered ${status}: ${body.toString()}`);
        sent += 1;
        proceed();
      });
    };
    const onMessage = (id: string) => {
      const sentAt = inFlight.get(id);
      if (sentAt === undefined) return;
      inFlight.delete(id);
      delivered += 1;
      const now = performance.now();
      if (sentAt >= counted && now < until) timing.add(200, now - sentAt);
      proceed();
    };
    listeners.push(listen(listenPort, to, cursor, polled, onMessage));
    return { send, connection };
  });

  await pause(SETTLE_MS);
  if (perSecond === undefined) for (const { send } of senders) send();
  else await sendAtRate(perSecond, until, senders);
  await pause(Math.max(0, until - performance.now()) + SETTLE_MS);
  for (const listener of listeners) listener.stop();
  for (const { connection } of senders) connection.close();
  return { ...timing.result(ms / 1000), sent, delivered, polled };
}

/** Sends at a fixed rate, in turn; a sender whose last message is unanswered is skipped. */
async function sendAtRate(
  perSecond: number,
  until: number,
  senders: { send: () => void; connection: { isFree(): boolean } }[],
): Promise<void> {
  const started = performance.now();
  let turn = 0;
  for (let n = 0; performance.now() < until; n++) {
    const due = started + (n * 1000) / perSecond - performance.now();
    if (due > 0) await pause(due);
    const free = senders.findIndex((_, index) =>
      senders[(turn + index) % senders.length]?.connection.isFree(),
    );
    if (free < 0) continue;
    turn = (turn + free) % senders.length;
    senders[turn]?.send();
    turn += 1;
  }
}
