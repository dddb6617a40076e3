import { expect, test } from 'vitest';
import { collapse } from './message-text.ts';

test('a text that is not long, or hardly longer, is not collapsed', () => {
  for (const text of ['', 'halo', 'kata '.repeat(160), 'x'.repeat(840), 'a\n'.repeat(25)])
    expect(collapse(text)).toBeUndefined();
});

test('a long text is collapsed after a word', () => {
  const text = `${'kata '.repeat(139)}panjang sekali${' kata'.repeat(200)}`;
  expect(collapse(text)).toBe(`${'kata '.repeat(139).trimEnd()}…`);
});

test('a text of many short lines is collapsed after a line', () => {
  expect(collapse('satu dua\n'.repeat(60))).toBe(`${'satu dua\n'.repeat(24).trimEnd()}…`);
  expect(collapse('\n'.repeat(500))).toBe('…');
});

test('a long text without words is collapsed between its characters', () => {
  expect(collapse('x'.repeat(4_000))).toBe(`${'x'.repeat(700)}…`);
  expect(collapse('😀'.repeat(4_000))).toBe(`${'😀'.repeat(350)}…`);
  expect(collapse(`a${'😀'.repeat(4_000)}`)).toBe(`a${'😀'.repeat(349)}…`);
  const family = '👩‍👩‍👧‍👦';
  expect(collapse(family.repeat(500))).toMatch(new RegExp(`^(${family})+…$`));
});
