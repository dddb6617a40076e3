import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, LAN_HOST, storeSession, visit, visitAs } from './support/browser.ts';
import { chatRow, openChat, POLL, row, waitForSent, write } from './support/page-actions.ts';

const box = openBox();

/** Counts the long polls of a page: only the leading tab sends them. */
function countLongPolls(page: Page): () => number {
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
  { host: 'localhost', secure: true },
  { host: LAN_HOST, secure: false },
])('at http://$host', ({ host, secure }) => {
  test(`two tabs at http://${host} share one poll, both show what arrives, and the first leads again when the second closes`, async () => {
    const [sari, budi] = await friends(host);
    const url = box.url.replace('127.0.0.1', host);
    const { context, page: first, faults } = await visit(box.browser, url);
    expect(
      await first.evaluate(() => [isSecureContext, 'locks' in navigator, 'randomUUID' in crypto]),
    ).toEqual([secure, secure, secure]);
    const held = countLongPolls(first);
    await storeSession(first, sari);
    await openChat(first, budi.username);
    await expect.poll(held).toBeGreaterThan(0);
    // It cancels its poll when it hears that another tab leads.
    const cancelled = first.waitForEvent('requestfailed', (request) => POLL.test(request.url()));
    const second = await context.newPage();
    const bySecond = countLongPolls(second);
    await second.goto(first.url());
    await second.getByRole('heading', { name: budi.username }).waitFor();
    await cancelled;
    await expect.poll(bySecond).toBeGreaterThan(0);

    const byFirst = countLongPolls(first);
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

test('logging out in one tab logs out the other tabs', async () => {
  const [sari] = await friends('keluar');
  const { context, page: first } = await visitAs(sari, box.browser, box.url);
  const second = await context.newPage();
  await second.goto(`${box.url}/#/settings`);
  await second.getByRole('button', { name: 'Keluar', exact: true }).click();
  await second.getByRole('dialog').getByRole('button', { name: 'Keluar' }).click();
  await first.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
});

test('a tab that loses the lead before its first poll is answered still shows the chats', async () => {
  const [sari, budi] = await friends('tepi');
  const withoutDatabase = () => Object.defineProperty(window, 'indexedDB', { value: undefined });
  // Stored data would show the chats in any case.
  const { context, page: first } = await visitAs(sari, box.browser, box.url, DESKTOP, (page) =>
    page.context().addInitScript(withoutDatabase),
  );
  await chatRow(first, budi.username).waitFor();
  const cancelled = first.waitForEvent('requestfailed', (request) => POLL.test(request.url()));
  const second = await context.newPage();
  // Its first poll is never answered.
  await second.route(POLL, () => undefined, { times: 1 });
  await second.goto(box.url);
  await cancelled;
  await first.evaluate(() => window.dispatchEvent(new Event('focus')));
  await chatRow(second, budi.username).waitFor();
  await context.close();
});
