// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { after, start } from '../../test/support/factories.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { en } from '../i18n/en.ts';
import { createI18n } from '../i18n/i18n.ts';
import { el } from './el.ts';
import { createLazy, type Lazy } from './lazy-module.ts';
import { mountLazyScreen } from './lazy-screen.ts';
import type { Ui } from './ui.ts';

const i18n = createI18n('en', en);

/** A lazy screen whose module is loaded by `load`. */
function open(load: () => Promise<string>, lazy: Lazy<string> = createLazy(load)) {
  const fake = fakeClock();
  const ui = { i18n, clock: fake.clock, state: () => after(...start(0)) } as unknown as Ui;
  const seen: string[] = [];
  let reloads = 0;
  const mount = (module: string) => {
    const heading = el('h1', { tabindex: -1 }, module);
    const node = el('section', {}, heading);
    const update = () => void seen.push('update');
    return { node, update, focus: () => heading.focus(), close: () => void seen.push('close') };
  };
  const screen = mountLazyScreen(ui, lazy, 'Settings', mount, async () => void reloads++);
  document.body.replaceChildren(screen.node);
  const text = (selector: string) => document.querySelector(selector)?.textContent ?? '';
  return { ...fake, lazy, screen, seen, text, reloads: () => reloads };
}

test('a module that is loading shows its progress after a delay, and its screen takes over the focus', async () => {
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

test('a lazy screen takes no focus that has moved elsewhere, and a closed one is not mounted', async () => {
  let arrive = (_module: string) => {};
  const { screen, settle, text, seen } = open(() => new Promise((done) => (arrive = done)));
  screen.close?.();
  arrive('It is here');
  await settle();
  expect(text('h1')).toBe('Settings');
  expect(seen).toEqual([]);
});

test('a module that cannot be loaded offers a retry, and the page is reloaded when the retry fails', async () => {
  let left = 2;
  const { settle, text, reloads } = open(async () => {
    if (left-- > 0) throw new TypeError('Failed to fetch dynamically imported module');
    return 'It is here';
  });
  await settle();
  expect(text('[role=status]')).toBe(en['lazy.failed']);
  const retryButton = document.querySelector<HTMLButtonElement>('.lazy-screen button');
  expect([retryButton?.hidden, retryButton?.textContent]).toEqual([false, en.retry]);

  retryButton?.click();
  await settle();
  expect([text('[role=status]'), reloads()]).toEqual([en['lazy.failed'], 1]);
  retryButton?.click();
  await settle();
  expect([text('h1'), reloads()]).toEqual(['It is here', 1]);
});

test('a module that is loaded is mounted at once', async () => {
  const { lazy, settle } = open(async () => 'It is here');
  await settle();
  const { text } = open(() => Promise.reject(new Error('not loaded again')), lazy);
  expect(text('h1')).toBe('It is here');
});
