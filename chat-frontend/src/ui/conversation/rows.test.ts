import { expect, test } from 'vitest';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import type { PendingMutation } from '../../state/pending.ts';
import type { Bubble } from '../../state/selectors.ts';
import { isSameRow, rowsOf } from './rows.ts';

const i18n = createI18n('en', en, ['en-GB'], 'UTC');
const noon = Date.UTC(2026, 0, 5, 12);
const MINUTE_MS = 60_000;
const bubble = (id: string, at: number, own = false): Bubble => ({
  id,
  at,
  own,
  senderId: own ? 'me' : 'budi',
  text: id,
});

const outline = (bubbles: Bubble[], read?: number) =>
  rowsOf(bubbles, i18n, noon, read).map((row) =>
    row.kind !== 'bubble' ? `— ${row.text}` : `${row.first ? '(' : ''}${row.bubble.id}`,
  );

test('each day has a heading', () => {
  const dayBefore = noon - 24 * 60 * MINUTE_MS;
  expect(outline([bubble('a', dayBefore), bubble('b', noon)])).toEqual([
    '— Yesterday',
    '(a',
    '— Today',
    '(b',
  ]);
});

test('messages of one sender within five minutes form a run', () => {
  const list = [
    bubble('a', noon),
    bubble('b', noon + 5 * MINUTE_MS),
    bubble('c', noon + 11 * MINUTE_MS),
    bubble('d', noon + 11 * MINUTE_MS, true),
  ];
  expect(outline(list)).toEqual(['— Today', '(a', 'b', '(c', '(d']);
});

test('a clock that jumps back gives a day two headings, and every row has a key of its own', () => {
  const rows = rowsOf([bubble('a', noon), bubble('b', 0), bubble('c', noon)], i18n, noon);
  expect(rows.filter(({ kind }) => kind === 'day')).toHaveLength(3);
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
});

test('one separator is above the first unread message of another person, which begins a run', () => {
  const list = [1, 2, 3, 4].map((seq) => ({ ...bubble(`m${seq}`, noon + seq, seq === 2), seq }));
  expect(outline(list)).not.toContain('— Unread');
  expect(outline(list, 1)).toEqual(['— Today', '(m1', '(m2', '— Unread', '(m3', 'm4']);
  expect(outline(list, 3)).toEqual(['— Today', '(m1', '(m2', '(m3', '— Unread', '(m4']);
  expect(outline(list, 4)).not.toContain('— Unread');
});

test('a row counts as the same while nothing that it shows has changed', () => {
  const plain = bubble('a', noon, true);
  const quote = { seq: 1, kind: 'text', senderId: 'me', own: true, text: 'q' } as const;
  const isUnchanged = (a: Bubble, b: Bubble, first = true, time = '12:00') =>
    isSameRow(
      { kind: 'bubble', key: 'a', bubble: a, first: true, time: '12:00' },
      { kind: 'bubble', key: 'a', bubble: b, first, time },
    );
  expect(isUnchanged(plain, { ...plain })).toBe(true);
  expect(isUnchanged({ ...plain, quote }, { ...plain, quote: { ...quote } })).toBe(true);
  expect(isUnchanged(plain, plain, false)).toBe(false);
  // Another time zone.
  expect(isUnchanged(plain, plain, true, '19:00')).toBe(false);
  for (const change of [
    { text: 'b' },
    { at: noon + 1 },
    { seq: 2 },
    { locked: true },
    { deleted: true },
    { edited: true },
    { mutation: { kind: 'edit', conversationId: 'c', seq: 2, text: 'b' } as PendingMutation },
    { tick: 'read' },
    { quote },
  ] satisfies Partial<Bubble>[]) {
    expect([change, isUnchanged(plain, { ...plain, ...change })]).toEqual([change, false]);
  }
  expect(isUnchanged({ ...plain, quote }, { ...plain, quote: { seq: 1, kind: 'gone' } })).toBe(false);
});

test('each sender of a group begins a run, and a system row stands between runs and is never unread', () => {
  const by = (senderId: string, seq: number, more = {}) => ({
    ...bubble(`m${seq}`, noon),
    senderId,
    seq,
    ...more,
  });
  const list = [
    by('budi', 1),
    by('citra', 2),
    by('citra', 3),
    by('citra', 4, { event: { type: 'renamed' } }),
    by('citra', 5, { blocked: true }),
    by('budi', 6),
  ];
  const rows = rowsOf(list, i18n, noon, 3, ({ senderId }) => `${senderId} renamed it`);
  const shown = rows.map((row) =>
    row.kind !== 'bubble' ? `— ${row.text}` : `${row.first ? '(' : ''}${row.bubble.id}`,
  );
  expect(shown).toEqual(['— Today', '(m1', '(m2', 'm3', '— citra renamed it', '(m5', '— Unread', '(m6']);
});
