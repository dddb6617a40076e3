import type { Offered } from '../drive/offer.ts';
import type { Started } from '../pair.ts';
import { isAlive, rssMiB } from '../processes.ts';
import { number, tell } from '../table.ts';

const GOAL_SHARE = 0.9;
const GOAL_BACK_MS = 5000;
const GOAL_ACCEPTED_MS = 500;
const GOAL_REFUSED_MS = 50;

/** The rows of one overload: `peak` requests a second before it, `backMs` from its end to normal, undefined for never. */
export function tellOverload(
  figure: string,
  result: Record<string, Offered>,
  peak: number,
  core: Started,
  backMs: number | undefined,
): void {
  const good = Object.values(result).reduce((sum, { perSecond }) => sum + perSecond, 0);
  const parts = Object.entries(result).map(([name, { perSecond }]) => `${number(perSecond)} ${name}/s`);
  const worst = (pick: (stream: Offered) => number) => Math.max(...Object.values(result).map(pick));
  const [accepted, refused] = [worst(({ p99 }) => p99), worst(({ refusedP99 }) => refusedP99)];
  const alive = isAlive(core.pid);
  tell(
    `${figure}: goodput ÷ peak`,
    `${number(good / peak, 2)} (${parts.join(', ')}; peak ${number(peak)}/s)`,
    `≥ ${GOAL_SHARE}`,
    good / peak >= GOAL_SHARE,
  );
  const inTime = accepted <= GOAL_ACCEPTED_MS;
  tell(`${figure}: p99 of accepted`, `${number(accepted)} ms`, `≤ ${GOAL_ACCEPTED_MS} ms`, inTime);
  const quick = refused <= GOAL_REFUSED_MS;
  tell(`${figure}: p99 of refusals`, `${number(refused)} ms`, `≤ ${GOAL_REFUSED_MS} ms`, quick);
  const memory = alive ? `none; ${number(rssMiB(core.pid))} MiB afterwards` : 'it died';
  tell(`${figure}: crashes`, memory, '0', alive);
  tell(
    `${figure}: from its end to normal latency`,
    backMs === undefined ? 'not within a minute' : `${number(backMs / 1000, 2)} s`,
    `≤ ${GOAL_BACK_MS / 1000} s`,
    backMs !== undefined && backMs <= GOAL_BACK_MS,
  );
}

/** One stream of an overload in a line, what never left included. */
export function describe(name: string, { wished, turnedAway, p50, p99, refusedP99, codes }: Offered): string {
  const outside = `${number(wished)} wished, ${number(turnedAway)} found no socket`;
  const times = `p50 ${number(p50)} ms, p99 ${number(p99)} ms, refused within ${number(refusedP99)} ms (p99)`;
  return `${name}: ${outside}; ${times}; ${JSON.stringify(codes)}`;
}
