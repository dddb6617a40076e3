/** A process that sends messages in a closed loop or at a rate, and reports its measurement by IPC. */
import { randomUUID } from 'node:crypto';
import { ask, closeConnections, type Sender } from './ask.ts';

export type Order = {
  url: string;
  senders: Sender[];
  text: string;
  connections: number;
  /** Milliseconds of the whole run; the first `warmUpMs` are not measured. */
  ms: number;
  warmUpMs: number;
  /** Messages a second as a Poisson process, as from people; a closed loop without it. */
  rate?: number;
};
export type Result = {
  acknowledged: number;
  refused: number;
  perSecond: number;
  p50: number;
  p99: number;
  ids: string[];
};

export async function send(order: Order): Promise<Result> {
  const started = performance.now();
  const times: number[] = [];
  const ids: string[] = [];
  let [refused, next] = [0, 0];
  const one = async () => {
    const sender = order.senders[next++ % order.senders.length];
    if (!sender) throw new Error('no sender');
    const clientMessageId = randomUUID();
    const input = {
      senderId: sender.id,
      conversationId: sender.conversationId,
      message: order.text,
      clientMessageId,
    };
    const { status, ms } = await ask(order.url, '/chat/send', sender.token, input);
    if (status !== 200) refused += 1;
    else {
      ids.push(clientMessageId);
      if (performance.now() - started > order.warmUpMs) times.push(ms);
    }
  };
  const over = () => performance.now() - started >= order.ms;
  if (order.rate === undefined) {
    const loop = async () => {
      while (!over()) await one();
    };
    await Promise.all(Array.from({ length: order.connections }, loop));
  } else {
    const pending = new Set<Promise<void>>();
    for (let due = started; !over(); due -= (Math.log(1 - Math.random()) * 1000) / order.rate) {
      const waitMs = due - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const sending = one().finally(() => pending.delete(sending));
      pending.add(sending);
    }
    await Promise.all(pending);
  }
  times.sort((a, b) => a - b);
  const percentile = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  const seconds = (order.ms - order.warmUpMs) / 1000;
  return {
    acknowledged: ids.length,
    refused,
    perSecond: times.length / seconds,
    p50: percentile(0.5),
    p99: percentile(0.99),
    ids,
  };
}

if (process.send) {
  process.once('message', async (order: Order) => {
    const result = await send(order);
    // Disconnects only after the message is sent: otherwise a long one would be truncated.
    process.send?.(result, () => process.disconnect());
    closeConnections();
  });
}
