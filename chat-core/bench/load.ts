/** A process of its own that sends messages and measures: closed loop, or so many a second. Tells its result by IPC. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

export type Sender = { id: string; token: string; conversationId: string };
export type Order = {
  url: string;
  senders: Sender[];
  text: string;
  connections: number;
  /** Milliseconds of the whole run; the first `warmUpMs` are not counted. */
  ms: number;
  warmUpMs: number;
  /** Messages a second, each when chance will have it, as from people (Poisson); as fast as it goes without. */
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

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** One request on a kept connection: its status and milliseconds. */
export function ask(
  url: string,
  path: string,
  token: string,
  body?: object,
): Promise<{ status: number; ms: number; text: string }> {
  const begun = performance.now();
  const content = body && JSON.stringify(body);
  const { hostname, port } = new URL(url);
  return new Promise((done, fail) => {
    const sent = request(
      {
        agent,
        hostname,
        port,
        path,
        method: content === undefined ? 'GET' : 'POST',
        headers: {
          Authorization: `Bearer ${token}`,
          ...(content !== undefined && {
            'Content-Type': 'application/json',
            'Content-Length': Buffer.byteLength(content),
          }),
        },
      },
      async (answer) => {
        let text = '';
        for await (const chunk of answer) text += chunk;
        done({ status: answer.statusCode ?? 0, ms: performance.now() - begun, text });
      },
    );
    sent.on('error', fail);
    sent.end(content);
  });
}

export async function send(order: Order): Promise<Result> {
  const begun = performance.now();
  const times: number[] = [];
  const ids: string[] = [];
  let [refused, next] = [0, 0];
  const one = async () => {
    const sender = order.senders[next++ % order.senders.length];
    if (!sender) throw new Error('no sender');
    const clientMessageId = randomUUID();
    const wish = {
      senderId: sender.id,
      conversationId: sender.conversationId,
      message: order.text,
      clientMessageId,
    };
    const { status, ms } = await ask(order.url, '/chat/send', sender.token, wish);
    if (status !== 200) refused += 1;
    else {
      ids.push(clientMessageId);
      if (performance.now() - begun > order.warmUpMs) times.push(ms);
    }
  };
  const over = () => performance.now() - begun >= order.ms;
  if (order.rate === undefined) {
    const loop = async () => {
      while (!over()) await one();
    };
    await Promise.all(Array.from({ length: order.connections }, loop));
  } else {
    const under = new Set<Promise<void>>();
    for (let due = begun; !over(); due -= (Math.log(1 - Math.random()) * 1000) / order.rate) {
      const early = due - performance.now();
      if (early > 0) await new Promise((later) => setTimeout(later, early));
      const sending = one().finally(() => under.delete(sending));
      under.add(sending);
    }
    await Promise.all(under);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  const seconds = (order.ms - order.warmUpMs) / 1000;
  return {
    acknowledged: ids.length,
    refused,
    perSecond: times.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    ids,
  };
}

if (process.send) {
  process.once('message', async (order: Order) => {
    const result = await send(order);
    // Not before it is sent: a long answer would be cut off.
    process.send?.(result, () => process.disconnect());
    agent.destroy();
  });
}
