import { expect, test } from 'vitest';
import { shortcutOf } from './shortcut.ts';

const plain = { altKey: false, ctrlKey: false, metaKey: false, shiftKey: false };
const press = (key: string, more = {}, where = {}) =>
  shortcutOf({ key, code: key, ...plain, ...more }, { writing: false, single: true, ...where });

test('shortcuts with Ctrl, ⌘ or Alt work inside a text field too', () => {
  const where = { writing: true, single: false };
  const found = [
    press('k', { ctrlKey: true }, where),
    press('K', { metaKey: true }, where),
    press('ArrowUp', { altKey: true }, where),
    press('ArrowDown', { altKey: true }, where),
    press('a', { altKey: true, code: 'KeyA' }, where),
    press('h', { altKey: true, code: 'KeyH' }, where),
    press('n', { altKey: true, code: 'KeyN' }, where),
    press('F6', {}, where),
    press('F6', { shiftKey: true }, where),
    press('Escape', {}, where),
  ];
  const wanted = [
    'find',
    'find',
    'previous',
    'next',
    'unread',
    'readAll',
    'add',
    'nextRegion',
    'previousRegion',
  ];
  expect(found).toEqual([...wanted, 'back']);
});

test('a single key is a shortcut only outside a text field, and not when single keys are switched off', () => {
  expect([press('/'), press('?', { shiftKey: true })]).toEqual(['find', 'help']);
  expect([press('/', {}, { writing: true }), press('?', {}, { writing: true })]).toEqual([
    undefined,
    undefined,
  ]);
  expect([press('/', {}, { single: false }), press('?', {}, { single: false })]).toEqual([
    undefined,
    undefined,
  ]);
});

test('shortcuts of the browser and the third level of a keyboard are left alone', () => {
  for (const more of [
    { ctrlKey: true, shiftKey: true },
    { ctrlKey: true, altKey: true },
    { ctrlKey: true, metaKey: true },
  ])
    expect(press('k', more)).toBeUndefined();
  expect(press('g', { ctrlKey: true })).toBeUndefined();
  expect(press('f', { ctrlKey: true })).toBe('findInChat');
  expect(press('?', { ctrlKey: true, altKey: true })).toBeUndefined();
  expect(press('a', { altKey: true, shiftKey: true, code: 'KeyA' })).toBeUndefined();
  expect(press('a')).toBeUndefined();
});

test('in a text field, Option and AltGr write their characters, and only a plain letter with Alt is a shortcut', () => {
  const letters: [key: string, code: string][] = [
    ['å', 'KeyA'],
    ['ą', 'KeyA'],
    ['˙', 'KeyH'],
    ['ń', 'KeyN'],
    ['Dead', 'KeyN'],
    ['˜', 'KeyN'],
    ['Dead', 'KeyH'],
  ];
  for (const apple of [true, false]) {
    const found = letters.map(([key, code]) => press(key, { altKey: true, code }, { writing: true, apple }));
    expect(found).toEqual(letters.map(() => undefined));
  }
  for (const [key, code] of [
    ['n', 'KeyN'],
    ['ń', 'KeyN'],
    ['k', 'KeyK'],
  ] as const) {
    const altGraph = { altKey: true, altGraph: true, code };
    expect(press(key, altGraph, { writing: true })).toBeUndefined();
    expect(press(key, { ...altGraph, ctrlKey: true }, { writing: true })).toBeUndefined();
  }
});

test('outside a text field, Option with a letter is the shortcut of that key', () => {
  const at = { writing: false, apple: true };
  expect(press('å', { altKey: true, code: 'KeyA' }, at)).toBe('unread');
  expect(press('Dead', { altKey: true, code: 'KeyN' }, at)).toBe('add');
  expect(press('˙', { altKey: true, code: 'KeyH' }, at)).toBe('readAll');
});

test('shortcuts follow the letters of another layout, and work in another script', () => {
  // Dvorak has N at the place of L, and B at the place of N.
  expect(press('n', { altKey: true, code: 'KeyL' })).toBe('add');
  expect(press('b', { altKey: true, code: 'KeyN' })).toBeUndefined();
  const where = { writing: true, apple: false };
  expect(press('т', { altKey: true, code: 'KeyN' }, where)).toBe('add');
  expect(press('л', { ctrlKey: true, code: 'KeyK' }, where)).toBe('find');
  expect(press('†', { altKey: true, code: 'KeyN' }, { writing: true, apple: true })).toBeUndefined();
});

test('on a Mac, Ctrl+K in a text field is left to the browser and ⌘K is the search', () => {
  const where = { writing: true, apple: true };
  expect(press('k', { ctrlKey: true, code: 'KeyK' }, where)).toBeUndefined();
  expect(press('k', { metaKey: true, code: 'KeyK' }, where)).toBe('find');
});
