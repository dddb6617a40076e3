import type { CDPSession, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Message } from '../../chat-core/src/wire/wire.ts';
import { signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { PHONE, visitAs } from './support/browser.ts';
import { go, row } from './support/page-actions.ts';

const box = openBox();

/** Sends real touch events: a swipe from the middle of a message. */
async function swipe(
  session: CDPSession,
  page: Page,
  text: string,
  by: { x?: number; y?: number },
): Promise<void> {
  const { x: dx = 0, y: dy = 0 } = by;
  const place = (await row(page, text).locator('.bubble').boundingBox()) ?? expect.fail();
  const from = { x: place.x + place.width / 2, y: place.y + place.height / 2 };
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number }[]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints });
  await touch('touchStart', [from]);
  for (let step = 1; step <= 8; step++) {
    await touch('touchMove', [{ x: from.x + (dx * step) / 8, y: from.y + (dy * step) / 8 }]);
  }
  await touch('touchEnd', []);
}

test('a swipe to the right replies to a message, and a vertical one scrolls', async () => {
  const [sari, budi] = await Promise.all([signUp(box.url, 'sari'), signUp(box.url, 'budi')]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
  const input = { senderId: budi.id, receiverId: sari.id };
  for (let n = 1; n < 30; n++) await budi.post('/chat/send', { ...input, message: `pesan ${n}` });
  const { body } = await budi.post('/chat/send', { ...input, message: 'pesan 30' });
  const { conversationId, seq } = body as Message;
  await sari.post('/chat/read', { conversationId, seq });
  const { page, faults, context } = await visitAs(sari, box.browser, box.url, PHONE);
  await go(page, `chat/${conversationId}`);
  await row(page, 'pesan 30').waitFor();
  const session = await context.newCDPSession(page);
  const bar = page.locator('.composer-target');
  const scroller = page.locator('.timeline-scroll');
  const top = () => scroller.evaluate((node) => node.scrollTop);
  const before = await top();
  // On a page that is still busy a touch may last as long as a press: it is made again, as a person would.
  await expect
    .poll(async () => {
      await swipe(session, page, 'pesan 28', { x: 30, y: 160 });
      return top();
    })
    .toBeLessThan(before);
  expect(await bar.isVisible()).toBe(false);

  await page.reload();
  await row(page, 'pesan 30').waitFor();
  // The module that listens for it may not be loaded yet.
  await expect
    .poll(async () => {
      await swipe(session, page, 'pesan 29', { x: 120, y: 6 });
      return bar.isVisible();
    })
    .toBe(true);
  await bar.getByText('pesan 29').waitFor();
  expect(faults).toEqual([]);
});
