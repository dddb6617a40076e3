// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { el } from '../el.ts';
import { createRovingTabindex } from './roving-tabindex.ts';

function openList(names: string) {
  const list = el('div', {});
  document.body.replaceChildren(list);
  const actions: string[] = [];
  /** Appends buttons: a list grows at its end. */
  const set = (next: string) =>
    list.append(
      ...[...next.slice(list.children.length)].map((name) => el('button', { name, tabindex: -1 }, name)),
    );
  set(names);
  const keys = createRovingTabindex(() =>
    [...list.querySelectorAll('button')].map((button) => ({
      button,
      act: (action) => actions.push(`${action} ${button.name}`),
    })),
  );
  list.addEventListener('keydown', keys.onKey);
  keys.refresh();
  const press = (key: string, more: KeyboardEventInit = {}) =>
    document.activeElement?.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }),
    );
  const focused = () => document.activeElement?.textContent;
  const tabStops = () =>
    [...list.querySelectorAll('button')].filter(({ tabIndex }) => tabIndex === 0).map(({ name }) => name);
  const change = (next: string) => {
    set(next);
    keys.refresh();
  };
  return { list, actions, press, focused, tabStops, change };
}

test('the list is one tab stop, at its end; arrows, Home and End move inside it', () => {
  const { list, press, focused, tabStops } = openList('abcd');
  expect(tabStops()).toEqual(['d']);
  list.querySelectorAll('button')[3]?.focus();
  for (const [key, expected] of [
    ['ArrowUp', 'c'],
    ['ArrowUp', 'b'],
    ['ArrowDown', 'c'],
    ['Home', 'a'],
    ['ArrowUp', 'a'],
    ['End', 'd'],
    ['ArrowDown', 'd'],
  ] as const) {
    press(key);
    expect([key, focused()]).toEqual([key, expected]);
  }
  expect(tabStops()).toEqual(['d']);
});

test('the tab stop stays on the focused message while the list grows, and is otherwise the new last message', () => {
  const { list, press, tabStops, change } = openList('abc');
  change('abcd');
  expect(tabStops()).toEqual(['d']);
  list.querySelectorAll('button')[3]?.focus();
  press('ArrowUp');
  change('abcde');
  expect(tabStops()).toEqual(['c']);
});

test('single letters act only on the focused message, and not with a modifier', () => {
  const { list, actions, press } = openList('ab');
  press('r');
  list.querySelectorAll('button')[0]?.focus();
  for (const key of ['r', 'e', 'Delete', 'x']) press(key);
  press('r', { ctrlKey: true });
  expect(actions).toEqual(['reply a', 'edit a', 'remove a']);
});

test('single letters that are switched off do nothing, while Delete still acts', () => {
  const list = el('div', {}, el('button', { name: 'a' }, 'a'));
  document.body.replaceChildren(list);
  const actions: string[] = [];
  const [button] = list.querySelectorAll('button');
  const items = () => (button ? [{ button, act: (action: string) => actions.push(action) }] : []);
  let on = false;
  const keys = createRovingTabindex(items, () => on);
  list.addEventListener('keydown', keys.onKey);
  button?.focus();
  const press = (key: string) => button?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  for (const key of ['r', 'e', 'Delete']) press(key);
  expect(actions).toEqual(['remove']);
  on = true;
  press('r');
  expect(actions).toEqual(['remove', 'reply']);
});
