import { expect, it } from 'vitest';
import { describeSlope, judge, openVitals } from './vitals.ts';

/** Two hours of samples, one a minute. */
function vitalsOf(rssAt: (hours: number) => number, filesAt: (hours: number) => number) {
  const vitals = openVitals('chat-core');
  for (let minute = 0; minute < 120; minute++) {
    const hours = minute / 60;
    vitals.rss.push({ hours, value: rssAt(hours) });
    vitals.files.push({ hours, value: filesAt(hours) });
    vitals.sockets.push({ hours, value: 20 });
  }
  return vitals;
}

it('memory that grows in the warm-up alone, and sockets that come and go, are no faults', () => {
  const vitals = vitalsOf(
    (hours) => 80 + 40 * Math.min(hours, 0.5),
    (hours) => 40 + Math.round(5 * Math.sin(hours * 30)),
  );
  expect(judge(vitals, 0.5).faults).toEqual([]);
  expect(judge(vitals, 0).faults).toHaveLength(1);
});

it('memory that grows by a mebibyte an hour is a fault', () => {
  expect(
    judge(
      vitalsOf(
        (hours) => 80 + 1.1 * hours,
        () => 40,
      ),
      0.5,
    ).faults,
  ).toEqual(['chat-core: RSS grows by 1.10 MiB/h']);
});

it('files that are opened and never closed are a fault', () => {
  const { faults } = judge(
    vitalsOf(
      () => 80,
      (hours) => 40 + Math.floor(10 * hours),
    ),
    0.5,
  );
  expect(faults).toEqual([expect.stringMatching(/^chat-core: open files grow from \d+ to \d+$/)]);
});

it('a slope whose interval contains the goal says that a longer run would narrow it', () => {
  expect(describeSlope({ perHour: 0.5, low: -1, high: 2 })).toContain('a longer run');
  expect(describeSlope({ perHour: 0.5, low: 0.25, high: 0.75 })).toBe('0.50 MiB/h (95 %: 0.25 to 0.75)');
});
