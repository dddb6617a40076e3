// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { el } from '../el.ts';
import { roving } from './roving-tabindex.ts';

function openList(names: string) {
  const list = el('div', {});
  document.body.replaceChildren(list);
  const acts: string[] = [];
  /** Lists grow at their end. */
  const set = (next: string) =>
    list.append(
      ...[...next.slice(list.children.length)].map((name) => el('button', { name, tabindex: -1 }, name)),
    );
  set(names);
  const keys = roving(() =>
    [...list.querySelectorAll('button')].map((button) => ({
      button,
      act: (what) => acts.push(`${what} ${button.name}`),
    })),
  );
  list.addEventListener('keydown', keys.onKey);
  keys.refresh();
  const press = (key: string, more: KeyboardEventInit = {}) =>
    document.activeElement?.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }),
    );
  const focused = () => document.activeElement?.textContent;
  const stops = () =>
    [...list.querySelectorAll('button')].filter(({ tabIndex }) => tabIndex === 0).map(({ name }) => name);
  const change = (next: string) => {
    set(next);
    keys.refresh();
  };
  return { list, acts, press, focused, stops, change };
}

test('the list is one stop of the tab order, at its end; arrows, Home and End move along it', () => {
  const { list, press, focused, stops } = openList('abcd');
  expect(stops()).toEqual(['d']);
  list.querySelectorAll('button')[3]?.focus();
  for (const [key, there] of [
    ['ArrowUp', 'c'],
    ['ArrowUp', 'b'],
    ['ArrowDown', 'c'],
    ['Home', 'a'],
    ['ArrowUp', 'a'],
    ['End', 'd'],
    ['ArrowDown', 'd'],
  ] as const) {
    press(key);
    expect([key, focused()]).toEqual([key, there]);
  }
  expect(stops()).toEqual(['d']);
});

test('whoever is in the list keeps their place while it grows; who is not comes in at the new end', () => {
  const { list, press, stops, change } = openList('abc');
  change('abcd');
  expect(stops()).toEqual(['d']);
  list.querySelectorAll('button')[3]?.focus();
  press('ArrowUp');
  change('abcde');
  expect(stops()).toEqual(['c']);
});

test('single letters act on the focused message alone, and not with a modifier', () => {
  const { list, acts, press } = openList('ab');
  press('r');
  list.querySelectorAll('button')[0]?.focus();
  for (const key of ['r', 'e', 'Delete', 'x']) press(key);
  press('r', { ctrlKey: true });
  expect(acts).toEqual(['reply a', 'edit a', 'remove a']);
});

test('letters rest while they are switched off; arrows and Delete do not', () => {
  const list = el('div', {}, el('button', { name: 'a' }, 'a'));
  document.body.replaceChildren(list);
  const acts: string[] = [];
  const [button] = list.querySelectorAll('button');
  const stop = () => (button ? [{ button, act: (what: string) => acts.push(what) }] : []);
  let on = false;
  const keys = roving(stop, () => on);
  list.addEventListener('keydown', keys.onKey);
  button?.focus();
  const press = (key: string) => button?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  for (const key of ['r', 'e', 'Delete']) press(key);
  expect(acts).toEqual(['remove']);
  on = true;
  press('r');
  expect(acts).toEqual(['remove', 'reply']);
});
