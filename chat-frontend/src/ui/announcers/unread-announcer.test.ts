// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import { enLazy } from '../../i18n/en/lazy.ts';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import { mountUnreadAnnouncer } from './unread-announcer.ts';

test('a growing number of unread messages in other chats is announced at most twice a minute, and not when the page opens', async () => {
  const time = fakeClock();
  const region = mountUnreadAnnouncer(createI18n('en', { ...en, ...enLazy }), time.clock);
  const announced = () => region.node.textContent;
  region.update(2, true);
  await time.pass(60_000);
  expect(announced()).toBe('');
  region.update(3, true);
  expect(announced()).toBe('3 unread messages in other chats');
  region.update(4, true);
  region.update(5, true);
  await time.pass(29_000);
  expect(announced()).toContain('3 unread');
  await time.pass(1000);
  expect(announced()).toContain('5 unread');
  region.update(1, true);
  await time.pass(60_000);
  region.update(2, true);
  expect(announced()).toContain('2 unread');
  region.update(3, true);
  region.update(0, true);
  await time.pass(60_000);
  expect(announced()).toContain('2 unread');
});

test('a number that falls and grows again is announced again', async () => {
  const time = fakeClock();
  const region = mountUnreadAnnouncer(createI18n('en', { ...en, ...enLazy }), time.clock);
  const announced: string[] = [];
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) announced.push(node.textContent ?? '');
  }).observe(region.node, { childList: true });
  for (let n = 0; n < 2; n++) {
    region.update(0, true);
    region.update(1, true);
    await time.pass(60_000);
  }
  await new Promise((done) => setTimeout(done));
  expect(announced).toEqual(Array(2).fill('1 unread message in other chats'));
});

test('the unread messages that this browser stored, and those of the first sync, are not announced when the page opens', async () => {
  const time = fakeClock();
  const region = mountUnreadAnnouncer(createI18n('en', { ...en, ...enLazy }), time.clock);
  region.update(0, false);
  region.update(3, false);
  region.update(5, true);
  await time.pass(60_000);
  expect(region.node.textContent).toBe('');
  region.update(6, true);
  expect(region.node.textContent).toBe('6 unread messages in other chats');
});
