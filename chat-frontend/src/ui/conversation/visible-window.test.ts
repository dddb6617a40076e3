import { expect, test } from 'vitest';
import type { Bubble } from '../../state/selectors.ts';
import { around, cut, EVERYTHING, type Span, widen, within } from './visible-window.ts';

const bubbles = (from: number, to: number): Bubble[] =>
  Array.from({ length: to - from + 1 }, (_, n) => ({
    id: `${from + n}`,
    own: false,
    text: '',
    at: 0,
    seq: from + n,
  }));
const waiting: Bubble = { id: 'waiting', own: true, text: '', at: 0 };
const ends = (all: Bubble[], span: Span) => {
  const shown = within(all, span);
  return [shown[0]?.id, shown.at(-1)?.id, shown.length];
};

test('up to 300 messages are all there, and more come in where they stand', () => {
  const all = [...bubbles(1, 299), waiting];
  const span = cut(all, EVERYTHING, 'older');
  expect(ends(all, span)).toEqual(['1', 'waiting', 300]);
  expect(ends(all, cut(all, EVERYTHING, 'newer'))).toEqual(['1', 'waiting', 300]);
});

test('what is too many goes on the side away from the reader', () => {
  const all = [...bubbles(1, 400), waiting];
  expect(ends(all, cut(all, EVERYTHING, 'older'))).toEqual(['142', 'waiting', 260]);
  expect(ends(all, cut(all, EVERYTHING, 'newer'))).toEqual(['1', '260', 260]);
});

test('reading back and forth goes page by page, never holds more than 300, and ends at both ends', () => {
  const all = [...bubbles(1, 1_000), waiting];
  let span = cut(all, EVERYTHING, 'older');
  const seen = new Set(within(all, span));
  for (const side of ['older', 'newer'] as const) {
    const end = side === 'older' ? 'from' : 'to';
    let steps = 0;
    for (; Number.isFinite(span[end]); steps++) {
      const edge = within(all, span).at(side === 'older' ? 0 : -1);
      span = widen(all, span, side);
      const shown = within(all, span);
      expect(shown).toContain(edge);
      expect(shown.length).toBeLessThanOrEqual(300);
      for (const bubble of shown) seen.add(bubble);
    }
    expect(steps).toBeGreaterThan(15);
  }
  expect(seen.size).toBe(1_001);
  expect(within(all, span).at(-1)).toBe(waiting);
});

test('what is older and arrives later is there where the span has no beginning', () => {
  const span = cut(bubbles(700, 1_000), EVERYTHING, 'newer');
  expect(ends(bubbles(660, 1_000), span)).toEqual(['660', '959', 300]);
});

test('a message that is jumped to is in the middle, unless it is there already', () => {
  const all = bubbles(1, 1_000);
  const span = cut(all, EVERYTHING, 'older');
  expect(around(all, span, 800)).toBe(span);
  expect(around(all, span, 2_000)).toBe(span);
  expect(ends(all, around(all, span, 500))).toEqual(['370', '630', 261]);
  expect(around(all, span, 5).from).toBe(EVERYTHING.from);
  expect(around(all, { from: 1, to: 100 }, 999).to).toBe(EVERYTHING.to);
});

test('of another stretch, of which nothing would be there, the newest is', () => {
  expect(ends(bubbles(2_000, 2_500), cut(bubbles(2_000, 2_500), { from: 1, to: 99 }, 'newer'))).toEqual([
    '2241',
    '2500',
    260,
  ]);
  const none = { from: 1, to: 99 };
  expect(cut([], none, 'newer')).toBe(none);
});
