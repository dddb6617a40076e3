import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openConnection } from '../drive/connection.ts';
import { listen, type PollCounts } from '../drive/polls.ts';
import { pollText, requestText } from '../drive/request.ts';
import { openTiming, type Timed } from '../drive/timing.ts';
import { family } from '../processes.ts';
import { addFigure, number, pause } from '../report.ts';
import type { Testbed } from '../testbed.ts';
import { pairsOf } from '../testbed.ts';

const PAIRS = 50;
const EVERY_MS = 3100;
const GOAL_MS = 60;
const SETTLE_MS = 1000;

/**
 * Fifty people come online and type for a minute to fifty with long polls: the latency of presence and typing, and the
 * bytes written to the disk. Presence is first, because a poll brings its person online.
 */
export async function benchTyping(testbed: Testbed, quick: boolean): Promise<void> {
  const core = await testbed.startCore();
  const stops: (() => void)[] = [];
  try {
    const pairs = await pairsOf(core.port, testbed.people, PAIRS);
    const polled: PollCounts = { polls: 0, notHeld: 0, codes: {} };
    const [arrivals, typings] = [openTiming(), openTiming()];
    const began = new Map<string, number>();
    const record = (timing: typeof arrivals, userId: string) => {
      const start = began.get(userId);
      began.delete(userId);
      if (start !== undefined) timing.add(200, performance.now() - start);
    };
    const connections = pairs.map(({ from, to, cursor }) => {
      const listener = listen(core.port, to, cursor, polled, undefined, ({ presence = [], typing = [] }) => {
        for (const { userId, online } of presence) if (online) record(arrivals, userId);
        for (const { userId, forMs } of typing) if (forMs > 0) record(typings, userId);
      });
      const connection = openConnection(core.port);
      stops.push(listener.stop, connection.close);
      return { from, connection };
    });
    await pause(SETTLE_MS);
    const before = written(core.pid, join(testbed.folder, 'data'));
    const send = ({ from, connection }: (typeof connections)[number], text: string) => {
      began.set(from.id, performance.now());
      connection.ask(Buffer.from(text, 'latin1'), (status) => {
        if (status >= 300 || status === 0) throw new Error(`a request was answered ${status}`);
      });
    };
    for (const one of connections) {
      send(one, pollText(one.from.token, undefined));
      await pause(20);
    }
    const until = performance.now() + (quick ? 10_000 : 60_000);
    while (performance.now() < until) {
      const round = performance.now();
      for (const one of connections) {
        const { token, conversationId } = one.from;
        send(one, requestText('POST', '/chat/typing', { token, body: { conversationId } }));
        await pause(EVERY_MS / PAIRS / 2);
      }
      await pause(Math.max(0, round + EVERY_MS - performance.now()));
    }
    await pause(SETTLE_MS);
    const after = written(core.pid, join(testbed.folder, 'data'));
    report('that a person came online, by a held poll', arrivals.result(1));
    report('that a person types, by a held poll', typings.result(1));
    const bytes = after.io - before.io + Math.abs(after.files - before.files);
    const what = `bytes written while ${PAIRS} people come and write for ${quick ? 10 : 60} s`;
    addFigure(what, number(bytes), '0', bytes === 0);
  } finally {
    for (const stop of stops) stop();
    await core.stop();
  }
}

function report(what: string, { p50, p99, count }: Timed): void {
  const measured = `${number(p99, 1)} ms (p50 ${number(p50, 1)} ms, ${number(count)} times)`;
  addFigure(`time until it is seen ${what}, p99`, measured, `≤ ${GOAL_MS} ms`, count > 0 && p99 <= GOAL_MS);
}

/** Bytes that chat-core and its children wrote to the disk, and the sizes of all its files together. */
function written(pid: number, dataDir: string): { io: number; files: number } {
  const io = family(pid).map((one) =>
    Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${one}/io`, 'utf8'))?.[1]),
  );
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  const sizes = files.map(({ parentPath, name }) => statSync(join(parentPath, name)).size);
  const sum = (all: number[]) => all.reduce((total, each) => total + each, 0);
  return { io: sum(io), files: sum(sizes) };
}
