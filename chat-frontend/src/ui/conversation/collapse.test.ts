import { expect, test } from 'vitest';
import { beginningOf } from './collapse.ts';

test('what is not long is shown whole, and so is what is hardly longer', () => {
  for (const text of ['', 'halo', 'kata '.repeat(160), 'x'.repeat(840), 'a\n'.repeat(25)])
    expect(beginningOf(text)).toBeUndefined();
});

test('a long text is cut after a word', () => {
  const text = `${'kata '.repeat(139)}panjang sekali${' kata'.repeat(200)}`;
  expect(beginningOf(text)).toBe(`${'kata '.repeat(139).trimEnd()}…`);
});

test('many short lines are long too', () => {
  expect(beginningOf('satu dua\n'.repeat(60))).toBe(`${'satu dua\n'.repeat(24).trimEnd()}…`);
  expect(beginningOf('\n'.repeat(500))).toBe('…');
});

test('a text without words is cut between its characters', () => {
  expect(beginningOf('x'.repeat(4_000))).toBe(`${'x'.repeat(700)}…`);
  expect(beginningOf('😀'.repeat(4_000))).toBe(`${'😀'.repeat(350)}…`);
  expect(beginningOf(`a${'😀'.repeat(4_000)}`)).toBe(`a${'😀'.repeat(349)}…`);
  const family = '👩‍👩‍👧‍👦';
  expect(beginningOf(family.repeat(500))).toMatch(new RegExp(`^(${family})+…$`));
});
