import { openTiming, type Timing } from '../drive/timing.ts';
import { number } from '../table.ts';

/** What all virtual people met. */
export type Report = {
  /** An answer to a route, after so many milliseconds; `code` of a refusal, or `no answer`. */
  answered(route: string, status: number, ms: number, code?: string): void;
  counts: { online: number; sent: number; errors: number };
  print(): void;
};

export function openReport(): Report {
  const routes = new Map<string, Timing>();
  const refusals = new Map<string, number>();
  const counts = { online: 0, sent: 0, errors: 0 };
  const begun = performance.now();
  return {
    counts,
    answered: (route, status, ms, code) => {
      const timing = routes.get(route) ?? openTiming();
      routes.set(route, timing);
      timing.add(status, ms);
      if (status >= 200 && status < 300) return;
      counts.errors += 1;
      const refusal = `${route}: ${status} ${code ?? 'no answer'}`;
      refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
    },
    print: () => {
      const seconds = (performance.now() - begun) / 1000;
      console.log('\n| route | answered | a second | p50 ms | p99 ms |\n|---|---|---|---|---|');
      for (const [route, timing] of [...routes].sort()) {
        const { count, perSecond, p50, p99 } = timing.result(seconds);
        const times = `${number(p50, 1)} | ${number(p99, 1)}`;
        console.log(`| ${route} | ${number(count)} | ${number(perSecond, 1)} | ${times} |`);
      }
      console.log(refusals.size === 0 ? '\nNo errors.' : '\n| error | times |\n|---|---|');
      for (const [refusal, times] of refusals) console.log(`| ${refusal} | ${number(times)} |`);
    },
  };
}
