import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withQueueOf } from '../storage/expiry-queues.ts';
import { expiredRow } from '../storage/expiry-rows.ts';
import type { ExpiryQueue, StoredMessage } from '../storage/store.ts';
import { dueRows } from './due-rows.ts';

const DURATIONS = [24, 7 * 24, 90 * 24].map((hours) => hours * 3_600_000);
const HOUR = 3_600_000;

const timeAt = (now: number) => ({ now: () => now, notPassedSince: () => 0 });

/** A message every hour, of a duration of these, or none. */
function rowsOf(durations: (number | undefined)[]): StoredMessage[] {
  return durations.map((afterMs, index) => ({
    ...{ id: `m${index}`, conversationId: 'c', seq: index + 1, senderId: 'ani', content: `c${index}` },
    ...{ timestamp: index * HOUR, v: 1, kid: 'k', rev: index + 1 },
    ...(afterMs !== undefined && { expiresAt: index * HOUR + afterMs }),
  }));
}

it('sweeps at any times empty exactly what is due, for every mix of durations, and read no row twice once it has passed', async () => {
  const duration = fc.constantFrom(undefined, ...DURATIONS);
  const gaps = fc.array(fc.integer({ min: 0, max: 40 * 24 * HOUR }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(duration, { maxLength: 400 }), gaps, async (durations, waits) => {
      const rows = rowsOf(durations);
      const lastSeq = rows.length;
      let queues: ExpiryQueue[] = [];
      for (const row of rows) queues = withQueueOf(queues, row).expiring ?? queues;
      expect(queues.length).toBeLessThanOrEqual(3);
      let now = lastSeq * HOUR;
      let reads = 0;
      for (const wait of waits) {
        now += wait;
        for (let more = true; more; ) {
          const due = await dueRows({ lastSeq }, queues, timeAt(now), async (after, limit) => {
            const page = rows.slice(after, after + limit);
            reads += page.length;
            return page;
          });
          for (const seq of due.seqs) rows[seq - 1] = expiredRow(rows[seq - 1] as StoredMessage);
          queues = due.progress.queues ?? queues;
          more = due.more;
        }
        for (const { expiresAt, expired, content } of rows) {
          expect(expired === true).toBe(expiresAt !== undefined && expiresAt <= now);
          expect(content === '').toBe(expired === true);
        }
      }
      // Each sweep reads one page of a queue beyond those that pass.
      expect(reads).toBeLessThanOrEqual(3 * (lastSeq + (waits.length + 1) * 128));
    }),
    { numRuns: 60 },
  );
});
