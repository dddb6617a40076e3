import type { SearchPage } from '../src/wire/wire.ts';
import { percentile } from './drive/timing.ts';
import { TEXT } from './fill.ts';
import type { BenchOptions } from './options.ts';
import { rssMiB } from './processes.ts';
import { addFigure, number, pause } from './report.ts';
import { sendMeanwhile } from './send-meanwhile.ts';
import { createTestbed, type Testbed } from './testbed.ts';

const CHATS = 40;
/** A word of one message in so many: twenty of them are nearly all that 50,000 messages have. */
const RARE = { word: 'langka', every: 2400 };
/** A word of every message, and one of none. */
const [COMMON_WORD, WORD_OF_NONE] = ['nenek', 'zzzz'];
const GOALS = { hitsMs: 300, sends: 1.3, growthMiB: 16, endMs: 200 };
/** After this a search of the whole history is certainly under way. */
const UNDER_WAY_MS = 100;

/** The figures of docs/benchmarks.md on searches of one person with 40 chats. */
export async function benchSearch({ quick, folder, only }: BenchOptions): Promise<void> {
  const wants = (part: string) => only === undefined || only === part;
  if (wants('hits'))
    await withHistory(folder, quick ? 5000 : 50_000, (testbed) => measureHits(testbed, quick));
  if (wants('memory')) await withHistory(folder, quick ? 20_000 : 1_000_000, measureMemory);
}

async function withHistory(
  folder: string | undefined,
  messages: number,
  measure: (testbed: Testbed) => Promise<void>,
): Promise<void> {
  const textOf = (n: number) => (n % RARE.every === 0 ? `${TEXT} ${RARE.word}` : TEXT);
  const filling = { users: CHATS + 1, conversations: CHATS, messages, isStar: true, textOf };
  const testbed = await createTestbed(folder, filling);
  try {
    await measure(testbed);
  } finally {
    await testbed.remove();
  }
}

/** Searches of a person, each with a signal. */
function searcherOf(port: number, { people: [first] }: Testbed) {
  if (!first) throw new Error('the testbed has people');
  return async (query: Record<string, string>, signal?: AbortSignal): Promise<SearchPage> => {
    const answer = await fetch(`http://127.0.0.1:${port}/search?${new URLSearchParams(query)}`, {
      headers: { Authorization: `Bearer ${first.token}` },
      ...(signal && { signal }),
    });
    if (answer.status !== 200) throw new Error(`a search was answered ${answer.status}`);
    return (await answer.json()) as SearchPage;
  };
}

/** How long the searches of a core take, and sends meanwhile ÷ without. Without its cache of texts each search is as the first one. */
async function measureHits(testbed: Testbed, quick: boolean): Promise<void> {
  const alone: Record<'first' | 'repeated', number[]> = { first: [], repeated: [] };
  for (const [kind, cache] of [
    ['first', 'off'],
    ['repeated', 'on'],
  ] as const) {
    const { port, stop } = await testbed.startCore({ env: { PLAINTEXT_CACHE: cache } });
    const times: number[] = [];
    const repeat = async (count = quick ? 3 : 40) => {
      for (let n = 0; n < count; n++) times.push(await timeSearch(port, testbed, quick));
    };
    await repeat(quick ? 1 : 5);
    times.length = 0;
    await repeat();
    alone[kind] = times.splice(0).sort((a, b) => a - b);
    if (kind === 'first') await compareSends(port, testbed, repeat, quick);
    await stop();
  }
  for (const [kind, words] of [
    ['first', 'none of them in memory'],
    ['repeated', 'searched again within two minutes'],
  ] as const) {
    const p95 = percentile(alone[kind], 0.95);
    addFigure(
      `search, twenty hits of a rare word in ${CHATS} chats, ${words}, p95`,
      `${number(p95, 1)} ms (p50 ${number(percentile(alone[kind], 0.5), 1)} ms, ${alone[kind].length} searches)`,
      `≤ ${GOALS.hitsMs} ms`,
      p95 <= GOALS.hitsMs,
    );
  }
}

/** Milliseconds of one page after the other, until there are twenty hits or no more rows. */
async function timeSearch(port: number, testbed: Testbed, quick: boolean): Promise<number> {
  const search = searcherOf(port, testbed);
  const start = performance.now();
  let [found, before]: [number, string | undefined] = [0, undefined];
  do {
    const page: SearchPage = await search({ q: RARE.word, ...(before && { before }) });
    found += page.hits.length;
    before = page.before;
  } while (before && found < 20);
  if (found < (quick ? 2 : 20)) throw new Error(`only ${found} hits`);
  return performance.now() - start;
}

async function compareSends(
  port: number,
  testbed: Testbed,
  repeat: () => Promise<void>,
  quick: boolean,
): Promise<void> {
  const p99Of = (all: number[]) =>
    percentile(
      all.toSorted((a, b) => a - b),
      0.99,
    );
  const [, without] = await sendMeanwhile(port, testbed, pause(quick ? 500 : 15_000));
  const [, meanwhile] = await sendMeanwhile(port, testbed, repeat());
  const ratio = p99Of(meanwhile) / p99Of(without);
  addFigure(
    'p99 of sends while one such search follows the other ÷ without',
    `${number(ratio, 2)} (${number(p99Of(meanwhile), 1)} ms of ${meanwhile.length} ÷ ${number(p99Of(without), 1)} ms)`,
    `≤ ${GOALS.sends}`,
    ratio <= GOALS.sends,
  );
}

async function measureMemory(testbed: Testbed): Promise<void> {
  const { port, pid, stop } = await testbed.startCore();
  const search = searcherOf(port, testbed);
  // What each first search loads is no growth by the length of the history.
  await search({ q: COMMON_WORD });
  const before = rssMiB(pid);
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, rssMiB(pid));
  }, 50);
  const start = performance.now();
  let [next, requests]: [string | undefined, number] = [undefined, 0];
  do {
    const page: SearchPage = await search({ q: WORD_OF_NONE, ...(next && { before: next }) });
    next = page.before;
    requests += 1;
  } while (next);
  clearInterval(timer);
  const growth = most - before;
  addFigure(
    'memory that a search without a hit adds, at most',
    `${number(growth, 1)} MiB (${requests} requests, ${number((performance.now() - start) / 1000, 1)} s)`,
    `≤ ${GOALS.growthMiB} MiB`,
    growth <= GOALS.growthMiB,
  );

  // A person has one search at a time: the next one begins when the first is over.
  const waits: number[] = [];
  for (let n = 0; n < 10; n++) {
    const leaving = new AbortController();
    const left = search({ q: WORD_OF_NONE }, leaving.signal).catch(() => undefined);
    await pause(UNDER_WAY_MS);
    leaving.abort();
    const at = performance.now();
    await left;
    await search({ q: COMMON_WORD });
    waits.push(performance.now() - at);
  }
  const longest = Math.max(...waits);
  addFigure(
    'from the moment a client leaves its search to the answer of its next one, at most of ten',
    `${number(longest, 1)} ms`,
    `≤ ${GOALS.endMs} ms`,
    longest <= GOALS.endMs,
  );
  await stop();
}
