import type { Message } from '../src/wire/wire.ts';
import { percentile } from './drive/timing.ts';
import type { BenchOptions } from './options.ts';
import { addFigure, number, pause } from './report.ts';
import { createTestbed, pairsOf } from './testbed.ts';

const PAIRS = 8;
const GOAL_MS = 60;
/** After this a poll is certainly held. */
const HELD_MS = 30;

/** The figures of docs/benchmarks.md on reactions: a reaction and a message take turns, each awaited by a held poll. */
export async function benchReactions({ quick, folder }: BenchOptions): Promise<void> {
  const testbed = await createTestbed(folder, { users: 64, conversations: 32, messages: 2000 });
  try {
    const core = await testbed.startCore();
    const times = { reaction: [] as number[], message: [] as number[] };
    const base = `http://127.0.0.1:${core.port}`;
    const call = (token: string, method: string, path: string, more: RequestInit = {}) =>
      fetch(`${base}${path}`, {
        ...more,
        method,
        headers: { Authorization: `Bearer ${token}`, ...more.headers },
      });

    const run = async ({ from, to, cursor }: Awaited<ReturnType<typeof pairsOf>>[number]) => {
      let since = cursor;
      /** Milliseconds from a request of one person to the delta that the held poll of the other returns. */
      const timed = async (request: () => Promise<Response>) => {
        const polled = call(to.token, 'GET', '/sync?wait=25', { headers: { 'Last-Event-ID': since } });
        await pause(HELD_MS);
        const start = performance.now();
        const [answer, delta] = await Promise.all([request(), polled]);
        const ms = performance.now() - start;
        if (answer.status !== 200 || delta.status !== 200)
          throw new Error(`answered ${answer.status}, polled ${delta.status}`);
        since = ((await delta.json()) as { cursor: string }).cursor;
        return { ms, body: (await answer.json()) as Message };
      };
      const { id: senderId, conversationId, token } = from;
      for (let n = 0; n < (quick ? 20 : 150); n++) {
        const sent = await timed(() =>
          call(token, 'POST', '/chat/send', {
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ senderId, conversationId, message: `pesan ${n}` }),
          }),
        );
        const path = `/conversations/${conversationId}/messages/${sent.body.seq}/reactions/${encodeURIComponent('👍')}`;
        const reacted = await timed(() => call(token, 'PUT', path));
        times.message.push(sent.ms);
        times.reaction.push(reacted.ms);
      }
    };
    await Promise.all((await pairsOf(core.port, testbed.people, PAIRS)).map(run));

    const of = (name: keyof typeof times, share: number) =>
      percentile(
        times[name].toSorted((a, b) => a - b),
        share,
      );
    const p99 = of('reaction', 0.99);
    addFigure(
      `reaction to delta at the other by a held poll, p99, ${PAIRS} pairs`,
      `${number(p99, 1)} ms (p50 ${number(of('reaction', 0.5), 1)} ms; a message p99 ${number(of('message', 0.99), 1)}, p50 ${number(of('message', 0.5), 1)} ms)`,
      `≤ ${GOAL_MS} ms`,
      p99 <= GOAL_MS,
    );
    await core.stop();
  } finally {
    await testbed.remove();
  }
}
