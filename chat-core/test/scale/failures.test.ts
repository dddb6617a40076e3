import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPostgres } from '../support/postgres.ts';
import { type PostgresPair, startPostgresPair } from '../support/postgres-pair.ts';
import { converse } from './conversing.ts';
import { tableOf } from './failures.ts';

const KILLS = Number(process.env.SCALE_KILLS ?? 4);
const SEED = Number(process.env.SCALE_SEED ?? 1);
/** The goal is 10 s; what is asserted leaves room for a machine that is busy with other tests. */
const MAX_RECOVERY_MS = 60_000;
const PLANTED = `--import=${new URL('../support/planted-core-fault.ts', import.meta.url)}`;

describe.runIf(hasPostgres)('two cores on a primary with a synchronous standby', () => {
  let pair: PostgresPair;
  beforeAll(async () => {
    pair = await startPostgresPair();
  });
  afterAll(() => pair?.stop());

  it(
    `lose, double and skip no message while people write and ${KILLS} parts fail`,
    async () => {
      const outcome = await converse(pair, { kills: KILLS, seed: SEED });
      const { acknowledged, repeats, seconds } = outcome;
      const figures = `${KILLS} failures, seed ${SEED}: ${acknowledged} messages acknowledged, ${repeats} requests repeated, ${outcome.violations.length} promises broken, ${Math.round(seconds)} s\n\n${tableOf(outcome.failures)}\n`;
      console.log(figures);
      if (process.env.SCALE_FIGURES) await writeFile(process.env.SCALE_FIGURES, figures);
      expect(outcome.violations).toEqual([]);
      expect(outcome.failures).toHaveLength(KILLS);
      for (const { recoveryMs } of outcome.failures)
        expect(Math.max(...recoveryMs)).toBeLessThan(MAX_RECOVERY_MS);
    },
    60_000 + KILLS * 60_000,
  );

  it.each([
    ['acknowledges before the commit', /is lost/],
    ['finds no message by its id', /stored twice|the repeat of/],
  ])('a core that %s is noticed', async (fault, sentence) => {
    let violations: string[] = [];
    for (let seed = SEED; violations.length === 0 && seed < SEED + 5; seed++) {
      const env = { PLANTED_FAULT: fault, NODE_OPTIONS: PLANTED };
      violations = (await converse(pair, { kills: 1, seed, env, kinds: ['primary'] })).violations;
    }
    expect(violations.join('\n')).toMatch(sentence);
  });
});
