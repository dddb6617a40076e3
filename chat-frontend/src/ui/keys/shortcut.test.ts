import { expect, test } from 'vitest';
import { shortcutOf } from './shortcut.ts';

const plain = { altKey: false, ctrlKey: false, metaKey: false, shiftKey: false };
const press = (key: string, more = {}, where = {}) =>
  shortcutOf({ key, code: key, ...plain, ...more }, { writing: false, single: true, ...where });

test('keys with Ctrl, ⌘ or Alt act wherever one writes', () => {
  const where = { writing: true, single: false };
  const found = [
    press('k', { ctrlKey: true }, where),
    press('K', { metaKey: true }, where),
    press('ArrowUp', { altKey: true }, where),
    press('ArrowDown', { altKey: true }, where),
    press('å', { altKey: true, code: 'KeyA' }, where),
    press('h', { altKey: true, code: 'KeyH' }, where),
    press('n', { altKey: true, code: 'KeyN' }, where),
    press('F6', {}, where),
    press('F6', { shiftKey: true }, where),
    press('Escape', {}, where),
  ];
  const wanted = ['find', 'find', 'previous', 'next', 'unread', 'readAll', 'add', 'nextPart', 'previousPart'];
  expect(found).toEqual([...wanted, 'back']);
});

test('a sign alone acts only where it is not written, and not once it is switched off', () => {
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

test('what belongs to the browser, and to the third level of a keyboard, is left alone', () => {
  for (const more of [
    { ctrlKey: true, shiftKey: true },
    { ctrlKey: true, altKey: true },
    { ctrlKey: true, metaKey: true },
  ])
    expect(press('k', more)).toBeUndefined();
  expect(press('f', { ctrlKey: true })).toBeUndefined();
  expect(press('?', { ctrlKey: true, altKey: true })).toBeUndefined();
  expect(press('a', { altKey: true, shiftKey: true, code: 'KeyA' })).toBeUndefined();
  expect(press('a')).toBeUndefined();
});
