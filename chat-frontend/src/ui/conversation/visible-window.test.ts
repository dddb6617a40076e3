import { expect, test } from 'vitest';
import type { Bubble } from '../../state/selectors.ts';
import {
  bubblesWithin,
  extendWindow,
  trimWindow,
  UNBOUNDED,
  type VisibleWindow,
  windowAround,
} from './visible-window.ts';

const bubbles = (from: number, to: number): Bubble[] =>
  Array.from({ length: to - from + 1 }, (_, n) => ({
    id: `${from + n}`,
    own: false,
    senderId: 'budi',
    text: '',
    at: 0,
    seq: from + n,
  }));
const waiting: Bubble = { id: 'waiting', own: true, senderId: 'me', text: '', at: 0 };
const ends = (all: Bubble[], visible: VisibleWindow) => {
  const shown = bubblesWithin(all, visible);
  return [shown[0]?.id, shown.at(-1)?.id, shown.length];
};

test('up to 300 messages are all shown, and the window is unbounded', () => {
  const all = [...bubbles(1, 299), waiting];
  const visible = trimWindow(all, UNBOUNDED, 'older');
  expect(ends(all, visible)).toEqual(['1', 'waiting', 300]);
  expect(ends(all, trimWindow(all, UNBOUNDED, 'newer'))).toEqual(['1', 'waiting', 300]);
});

test('a window over 300 messages is trimmed on the side away from the reader', () => {
  const all = [...bubbles(1, 400), waiting];
  expect(ends(all, trimWindow(all, UNBOUNDED, 'older'))).toEqual(['142', 'waiting', 260]);
  expect(ends(all, trimWindow(all, UNBOUNDED, 'newer'))).toEqual(['1', '260', 260]);
});

test('reading back and forth moves page by page to both ends, with at most 300 messages shown', () => {
  const all = [...bubbles(1, 1_000), waiting];
  let visible = trimWindow(all, UNBOUNDED, 'older');
  const seen = new Set(bubblesWithin(all, visible));
  for (const side of ['older', 'newer'] as const) {
    const end = side === 'older' ? 'from' : 'to';
    let steps = 0;
    for (; Number.isFinite(visible[end]); steps++) {
      const edge = bubblesWithin(all, visible).at(side === 'older' ? 0 : -1);
      visible = extendWindow(all, visible, side);
      const shown = bubblesWithin(all, visible);
      expect(shown).toContain(edge);
      expect(shown.length).toBeLessThanOrEqual(300);
      for (const bubble of shown) seen.add(bubble);
    }
    expect(steps).toBeGreaterThan(15);
  }
  expect(seen.size).toBe(1_001);
  expect(bubblesWithin(all, visible).at(-1)).toBe(waiting);
});

test('older messages that are loaded later are in a window without a beginning', () => {
  const visible = trimWindow(bubbles(700, 1_000), UNBOUNDED, 'newer');
  expect(ends(bubbles(660, 1_000), visible)).toEqual(['660', '959', 300]);
});

test('a window around a message has it in the middle, unless it has it already', () => {
  const all = bubbles(1, 1_000);
  const visible = trimWindow(all, UNBOUNDED, 'older');
  expect(windowAround(all, visible, 800)).toBe(visible);
  expect(windowAround(all, visible, 2_000)).toBe(visible);
  expect(ends(all, windowAround(all, visible, 500))).toEqual(['370', '630', 261]);
  expect(windowAround(all, visible, 5).from).toBe(UNBOUNDED.from);
  expect(windowAround(all, { from: 1, to: 100 }, 999).to).toBe(UNBOUNDED.to);
});

test('a window without any of the loaded messages becomes that of the newest', () => {
  expect(
    ends(bubbles(2_000, 2_500), trimWindow(bubbles(2_000, 2_500), { from: 1, to: 99 }, 'newer')),
  ).toEqual(['2241', '2500', 260]);
  const none = { from: 1, to: 99 };
  expect(trimWindow([], none, 'newer')).toBe(none);
});
