import type { Clock } from '../../src/clock.ts';

/** A clock that stands still until `pass` advances it. Due callbacks run in order; promises settle in between. */
export function fakeClock(start = 1_700_000_000_000) {
  let now = start;
  let waiting: { at: number; run: () => void }[] = [];
  const settle = () => new Promise<void>((done) => setImmediate(done));

  const clock: Clock = {
    now: () => now,
    after(ms, run) {
      const entry = { at: now + ms, run };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
  };

  return {
    clock,
    settle,
    async pass(ms: number): Promise<void> {
      const end = now + ms;
      await settle();
      for (;;) {
        const next = waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        waiting = waiting.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.run();
        await settle();
      }
      now = end;
    },
  };
}
