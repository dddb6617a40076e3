// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import { mountElsewhere } from './elsewhere.ts';

test('what is unread in other chats is spoken when it grows, at most every half a minute, and not when the page opens', async () => {
  const time = fakeClock();
  const region = mountElsewhere(createI18n('en', en), time.clock);
  const said = () => region.node.textContent;
  region.update(2);
  await time.pass(60_000);
  expect(said()).toBe('');
  region.update(3);
  expect(said()).toBe('3 unread messages in other chats');
  region.update(4);
  region.update(5);
  await time.pass(29_000);
  expect(said()).toContain('3 unread');
  await time.pass(1000);
  expect(said()).toContain('5 unread');
  region.update(1);
  await time.pass(60_000);
  region.update(2);
  expect(said()).toContain('2 unread');
  region.update(3);
  region.update(0);
  await time.pass(60_000);
  expect(said()).toContain('2 unread');
});
