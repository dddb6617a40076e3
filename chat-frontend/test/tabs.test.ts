import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { LAN_HOST, storeSession, visit } from './support/browser.ts';
import { chatRow, openChat, POLL, row, waitForSent, write } from './support/page-actions.ts';

const box = openBox();

/** Polls the box is asked to hold, as the one tab in the seat asks it. */
function countHeld(page: Page): () => number {
  let polls = 0;
  page.on('request', (request) => {
    if (POLL.test(request.url()) && request.url().includes('wait=')) polls += 1;
  });
  return () => polls;
}

async function friends(name: string): Promise<[Person, Person]> {
  const [sari, budi] = await Promise.all([signUp(box.url, `${name}.sari`), signUp(box.url, `${name}.budi`)]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
  return [sari, budi];
}

describe.each([
  { place: 'localhost', secure: true },
  { place: LAN_HOST, secure: false },
])('at http://$place', ({ place, secure }) => {
  test('two tabs share one poll, both see what arrives, and the second takes over when the first goes', async () => {
    const [sari, budi] = await friends(place);
    const url = box.url.replace('127.0.0.1', place);
    const { context, page: first, faults } = await visit(box.browser, url);
    expect(
      await first.evaluate(() => [isSecureContext, 'locks' in navigator, 'randomUUID' in crypto]),
    ).toEqual([secure, secure, secure]);
    const held = countHeld(first);
    await storeSession(first, sari);
    await openChat(first, budi.username);
    await expect.poll(held).toBeGreaterThan(0);
    // It gives up its poll when it hears that the seat is another's.
    const gaveUp = first.waitForEvent('requestfailed', (request) => POLL.test(request.url()));
    const second = await context.newPage();
    const bySecond = countHeld(second);
    await second.goto(first.url());
    await second.getByRole('heading', { name: budi.username }).waitFor();
    await gaveUp;
    await expect.poll(bySecond).toBeGreaterThan(0);

    const byFirst = countHeld(first);
    const before = bySecond();
    const say = (message: string) =>
      budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message });
    await say('untuk semua tab');
    await Promise.all([row(first, 'untuk semua tab').waitFor(), row(second, 'untuk semua tab').waitFor()]);
    await write(first, 'dari tab yang menunggu');
    await Promise.all([
      waitForSent(first, 'dari tab yang menunggu'),
      waitForSent(second, 'dari tab yang menunggu'),
    ]);
    expect(byFirst()).toBe(0);
    expect(bySecond()).toBeGreaterThan(before);

    await second.goto('about:blank');
    await say('masih terdengar');
    await row(first, 'masih terdengar').waitFor();
    expect(byFirst()).toBeGreaterThan(0);
    expect(faults).toEqual([]);
  });
});

test('logging out in one tab logs out the other', async () => {
  const [sari] = await friends('keluar');
  const { context, page: first } = await visit(box.browser, box.url);
  await storeSession(first, sari);
  const second = await context.newPage();
  await second.goto(`${box.url}/#/settings`);
  await second.getByRole('button', { name: 'Keluar', exact: true }).click();
  await second.getByRole('dialog').getByRole('button', { name: 'Keluar' }).click();
  await first.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
});

test('a tab that loses the lead before the box has answered it still shows the chats', async () => {
  const [sari, budi] = await friends('tepi');
  const { context, page: first } = await visit(box.browser, box.url);
  // What this browser keeps would show the chats in any case.
  await context.addInitScript(() => Object.defineProperty(window, 'indexedDB', { value: undefined }));
  await storeSession(first, sari);
  await chatRow(first, budi.username).waitFor();
  const gaveUp = first.waitForEvent('requestfailed', (request) => POLL.test(request.url()));
  const second = await context.newPage();
  // Its first poll is never answered.
  await second.route(POLL, () => undefined, { times: 1 });
  await second.goto(box.url);
  await gaveUp;
  await first.evaluate(() => window.dispatchEvent(new Event('focus')));
  await chatRow(second, budi.username).waitFor();
  await context.close();
});
