import { expect, it, onTestFinished, vi } from 'vitest';
import { CommitTurns } from '../../src/storage/postgres/commits/commit-turns.ts';
import { type Run, readFormer } from '../../src/storage/postgres/commits/epochs.ts';
import { planOf } from './plan.ts';
import { type Planted, runPlan } from './schedule.ts';
import type { Network, Tamper } from './simulated-client.ts';

const SEEDS = 400;
const POLL_MS = 250;

/** What the first seed that notices a planted fault reports, undefined when none does. */
async function caught(planted: Planted, run = runPlan, step = 1): Promise<string | undefined> {
  for (let seed = step; seed <= SEEDS * step; seed += step) {
    try {
      await run(planOf(seed), planted);
    } catch (error) {
      expect((error as Error).message).toContain(`CORES_SEED=${seed}`);
      return (error as Error).message;
    }
  }
  return undefined;
}

type News = { epoch: string; revision: number | null };
type Box = { revision: number };
const isTry = (text: string) => text.startsWith('with guard');
const isTurn = (text: string) => text.startsWith('begin; select');

it('a turn that does not lock the row of the box is noticed', async () => {
  const text = (sent: string) => sent.replace(' for update', '');
  expect(await caught({ tamper: { text } })).toMatch(/was written twice|commit at once/);
});

it('a revision that is read before the row is locked is noticed', async () => {
  expect(await caught({ database: { readsBeforeLock: true } })).toMatch(/was written twice|nothing was lost/);
});

it('cores that trust notices, without a poll, are noticed', async () => {
  expect(await caught({ ignoresTimer: (ms) => ms === POLL_MS, hasReaders: false })).toMatch(
    /do not agree|does not reach/,
  );
});

it('a turn that takes a lost answer for a failure, and does not apply the commit, is noticed', async () => {
  const before = new WeakMap<Network, Box>();
  const failed = new WeakSet<Network>();
  const planted: Planted = {
    tamper: {
      failed: (text, network) => {
        if (text === 'commit' || isTry(text)) failed.add(network);
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

it('a commit without a turn that is written whatever the newest commit is, is noticed', async () => {
  const text = (sent: string) => sent.replace(/ where epoch = .* returning 1/, ' returning 1');
  expect(await caught({ tamper: { text } })).toMatch(/was written twice/);
});

it('a commit without a turn that others forestalled, and that is not repeated with one, is noticed', async () => {
  const results: Tamper['results'] = (text, sent) => (isTry(text) ? { rows: [{}] } : sent);
  expect(await caught({ tamper: { results } })).toMatch(/lost|differ|does not reach|do not agree/);
});

it('commits that are applied in another order are noticed', async () => {
  const planted: Planted = {
    tamper: {
      results: (text, results) => {
        if (!text.startsWith('select b.epoch, c.revision') || Array.isArray(results)) return results;
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

it('a repeat that is acknowledged because its message can be seen is noticed', async () => {
  const spy = vi.spyOn(CommitTurns.prototype, 'isConfirmed').mockReturnValue(true);
  onTestFinished(() => spy.mockRestore());
  // Of the rare failovers of plan.ts.
  expect(await caught({}, runPlan, 8)).toMatch(/before the standby had it|is lost/);
});

it('a repeat that is acknowledged without a transaction, and without a confirmation, is noticed', async () => {
  expect(await caught({ confirms: false }, runPlan, 8)).toMatch(/before the standby had it|is lost/);
});

it('an epoch that goes on after commits were lost is noticed', async () => {
  const results: Tamper['results'] = (text, found) =>
    text.startsWith('select server is not distinct') ? { rows: [{ known: true }] } : found;
  expect(await caught({ tamper: { results } })).toMatch(/has skipped|an old/);
});

it('a core that goes on after an asynchronous standby took over without commits that it had seen is noticed', async () => {
  vi.resetModules();
  vi.doMock('../../src/storage/postgres/commits/history-check.ts', async (original) => ({
    ...((await original()) as object),
    // As if only the numbers of the newest commits were compared.
    checkHistory: () => {},
    readNews: async (run: Run, { epoch: since, revision }: { epoch: string; revision: number }) => {
      const rows = (await run('select b.epoch, c.revision', [revision + 1])).rows as News[];
      const commits = rows.filter((row) => row.revision !== null);
      const { epoch = since } = rows[0] ?? {};
      return { since, epochs: { epoch, former: await readFormer(run) }, commits };
    },
  }));
  onTestFinished(() => {
    vi.doUnmock('../../src/storage/postgres/commits/history-check.ts');
    vi.resetModules();
  });
  const { runPlan: run } = await import('./schedule.ts');
  expect(await caught({}, run)).toMatch(/differ|hole|replaced|is missing|skipped/);
});
