import { expect, it, onTestFinished, vi } from 'vitest';
import { planOf } from './plan.ts';
import { type Planted, runPlan } from './schedule.ts';
import type { Network } from './simulated-client.ts';

const SEEDS = 400;
const POLL_MS = 250;

/** What the first seed that notices a planted fault reports, undefined when none does. */
async function caught(planted: Planted, run = runPlan): Promise<string | undefined> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      await run(planOf(seed), planted);
    } catch (error) {
      expect((error as Error).message).toContain(`CORES_SEED=${seed}`);
      return (error as Error).message;
    }
  }
  return undefined;
}

type Read = (text: string, values: unknown[]) => Promise<{ rows: object[] }>;
type Box = { revision: number };
const isTurn = (text: string) => text.startsWith('begin; select');

it('a turn that does not lock the row of the box is noticed', async () => {
  const text = (sent: string) => sent.replace(' for update', '');
  expect(await caught({ tamper: { text } })).toMatch(/was written twice|commit at once/);
});

it('a revision that is read before the row is locked is noticed', async () => {
  expect(await caught({ database: { readsBeforeLock: true } })).toMatch(/was written twice|nothing was lost/);
});

it('cores that trust notices, without a poll, are noticed', async () => {
  expect(await caught({ ignoresTimer: (ms) => ms === POLL_MS })).toMatch(/do not agree|does not reach/);
});

it('a turn that takes a lost answer for a failure, and does not apply the commit, is noticed', async () => {
  const before = new WeakMap<Network, Box>();
  const failed = new WeakSet<Network>();
  const planted: Planted = {
    tamper: {
      failed: (text, network) => {
        if (text === 'commit') failed.add(network);
      },
      results: (text, results, network) => {
        if (!isTurn(text) || !Array.isArray(results)) return results;
        const [box] = (results[1]?.rows ?? []) as Box[];
        const known = before.get(network);
        if (known && failed.delete(network)) return [{ rows: [] }, { rows: [known] }];
        if (box) before.set(network, box);
        return results;
      },
    },
  };
  expect(await caught(planted)).toMatch(/was written twice/);
});

it('commits that are applied in another order are noticed', async () => {
  const planted: Planted = {
    tamper: {
      results: (text, results) => {
        if (!text.startsWith('select revision, core') || Array.isArray(results)) return results;
        const rows = results.rows as { changes: object }[];
        // The first one is known; the others change places.
        const [known, ...news] = rows;
        const swapped = news.map((row, index) => ({ ...row, changes: news.at(-1 - index)?.changes }));
        return { rows: known ? [known, ...swapped] : [] };
      },
    },
  };
  expect(await caught(planted)).toMatch(/differ/);
});

it('a commit that is acknowledged although the wait for the standby was given up is noticed', async () => {
  expect(await caught({ tamper: { ignoresWarnings: true } })).toMatch(/before the standby had it/);
});

it('a core that goes on after an asynchronous standby took over without commits that it had seen is noticed', async () => {
  vi.resetModules();
  vi.doMock('../../src/storage/postgres/history-check.ts', async (original) => ({
    ...((await original()) as object),
    // As if only the numbers of the newest commits were compared.
    checkHistory: () => {},
    readCommits: async (query: Read, { revision }: { revision: number }) => {
      const text = 'select revision, core, at, clock, changes from commits where revision >= $1';
      return (await query(text, [revision + 1])).rows;
    },
  }));
  onTestFinished(() => {
    vi.doUnmock('../../src/storage/postgres/history-check.ts');
    vi.resetModules();
  });
  const { runPlan: run } = await import('./schedule.ts');
  expect(await caught({}, run)).toMatch(/differ|hole|replaced|is missing/);
});
