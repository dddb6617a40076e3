// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import { mountUnreadAnnouncer } from './unread-announcer.ts';

test('what is unread in other chats is spoken when it grows, at most every half a minute, and not when the page opens', async () => {
  const time = fakeClock();
  const region = mountUnreadAnnouncer(createI18n('en', en), time.clock);
  const said = () => region.node.textContent;
  region.update(2, true);
  await time.pass(60_000);
  expect(said()).toBe('');
  region.update(3, true);
  expect(said()).toBe('3 unread messages in other chats');
  region.update(4, true);
  region.update(5, true);
  await time.pass(29_000);
  expect(said()).toContain('3 unread');
  await time.pass(1000);
  expect(said()).toContain('5 unread');
  region.update(1, true);
  await time.pass(60_000);
  region.update(2, true);
  expect(said()).toContain('2 unread');
  region.update(3, true);
  region.update(0, true);
  await time.pass(60_000);
  expect(said()).toContain('2 unread');
});

test('the same number, grown again, is spoken again', async () => {
  const time = fakeClock();
  const region = mountUnreadAnnouncer(createI18n('en', en), time.clock);
  const said: string[] = [];
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) said.push(node.textContent ?? '');
  }).observe(region.node, { childList: true });
  for (let turn = 0; turn < 2; turn++) {
    region.update(0, true);
    region.update(1, true);
    await time.pass(60_000);
  }
  await new Promise((done) => setTimeout(done));
  expect(said).toEqual(Array(2).fill('1 unread message in other chats'));
});

test('what this browser kept as unread, and what the box says first, is not spoken when the page opens', async () => {
  const time = fakeClock();
  const region = mountUnreadAnnouncer(createI18n('en', en), time.clock);
  region.update(0, false);
  region.update(3, false);
  region.update(5, true);
  await time.pass(60_000);
  expect(region.node.textContent).toBe('');
  region.update(6, true);
  expect(region.node.textContent).toBe('6 unread messages in other chats');
});
