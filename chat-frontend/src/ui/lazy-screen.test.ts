// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { after, start } from '../../test/support/factories.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { en } from '../i18n/en.ts';
import { createI18n } from '../i18n/i18n.ts';
import { el } from './el.ts';
import { createLazy, type Lazy } from './lazy.ts';
import { mountLazyScreen } from './lazy-screen.ts';
import type { Ui } from './ui.ts';

const i18n = createI18n('en', en);

/** A screen whose part comes, or does not, when the test says so. */
function open(load: () => Promise<string>, part: Lazy<string> = createLazy(load)) {
  const fake = fakeClock();
  const ui = { i18n, clock: fake.clock, state: () => after(...start(0)) } as unknown as Ui;
  const seen: string[] = [];
  let renewed = 0;
  const mount = (module: string) => {
    const heading = el('h1', { tabindex: -1 }, module);
    const node = el('section', {}, heading);
    const update = () => void seen.push('update');
    return { node, update, focus: () => heading.focus(), close: () => void seen.push('close') };
  };
  const screen = mountLazyScreen(ui, part, 'Settings', mount, async () => void renewed++);
  document.body.replaceChildren(screen.node);
  const text = (selector: string) => document.querySelector(selector)?.textContent ?? '';
  return { ...fake, part, screen, seen, text, renewed: () => renewed };
}

test('a part that is on its way is announced after a moment only, and takes its place with the focus', async () => {
  let arrive = (_module: string) => {};
  const { screen, settle, pass, text, seen } = open(() => new Promise((done) => (arrive = done)));
  screen.focus();
  expect([text('h1'), text('[role=status]')]).toEqual(['Settings', '']);
  await pass(1_000);
  expect(text('[role=status]')).toBe(en['form.busy']);
  expect(document.querySelector('[aria-busy=true]')).not.toBeNull();

  arrive('It is here');
  await settle();
  expect(text('h1')).toBe('It is here');
  expect(document.activeElement?.textContent).toBe('It is here');
  expect(document.querySelector('[aria-busy]')).toBeNull();
  expect(seen).toEqual(['update']);
  screen.close?.();
  expect(seen).toEqual(['update', 'close']);
});

test('whoever went on is not called back: the focus stays where it is, and a closed screen stays closed', async () => {
  let arrive = (_module: string) => {};
  const { screen, settle, text, seen } = open(() => new Promise((done) => (arrive = done)));
  screen.close?.();
  arrive('It is here');
  await settle();
  expect(text('h1')).toBe('Settings');
  expect(seen).toEqual([]);
});

test('a part that cannot be fetched says so, and is fetched again; where that does not help, the page is', async () => {
  let left = 2;
  const { settle, text, renewed } = open(async () => {
    if (left-- > 0) throw new TypeError('Failed to fetch dynamically imported module');
    return 'It is here';
  });
  await settle();
  expect(text('[role=status]')).toBe(en['part.failed']);
  const again = document.querySelector<HTMLButtonElement>('.lazy-screen button');
  expect([again?.hidden, again?.textContent]).toEqual([false, en.retry]);

  again?.click();
  await settle();
  expect([text('[role=status]'), renewed()]).toEqual([en['part.failed'], 1]);
  again?.click();
  await settle();
  expect([text('h1'), renewed()]).toEqual(['It is here', 1]);
});

test('a part that is here opens at once', async () => {
  const { part, settle } = open(async () => 'It is here');
  await settle();
  const { text } = open(() => Promise.reject(new Error('not again')), part);
  expect(text('h1')).toBe('It is here');
});
