import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { Delta, Message } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, visitAs } from './support/browser.ts';
import { openChat, row, write } from './support/page-actions.ts';
import { watchRows } from './support/touched-rows.ts';

const box = openBox();
let sari: Person;
let budi: Person;

const say = (message: string) => budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message });

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  budi = await signUp(box.url, 'budi');
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
  let last: Message | undefined;
  for (let n = 1; n <= 130; n++) last = (await say(`pesan ${n}`)).body as Message;
  await sari.post('/chat/read', { conversationId: last?.conversationId, seq: last?.seq });
});

const count = (page: Page) => page.getByRole('article').count();
const top = (page: Page, text: string) =>
  row(page, text).evaluate((node) => Math.round(node.getBoundingClientRect().top));
/** Scrolls, and waits until the page has handled it: scroll events come before the callbacks of the next frame. */
const scrollTo = (page: Page, to: number) =>
  page.locator('.timeline-scroll').evaluate((scroller, y) => {
    scroller.scrollTo(0, y);
    return new Promise<void>((resolve) => requestAnimationFrame(() => resolve()));
  }, to);
const distanceToEnd = (page: Page) =>
  page
    .locator('.timeline-scroll')
    .evaluate((scroller) => Math.round(scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight));

const unread = async () => ((await sari.get('/sync')).body as Delta).conversations?.[0]?.unread;

/** Opens Sari's chat with Budi; `prepare` runs before the page loads. */
async function openAtBudi(prepare?: (page: Page) => Promise<void>): Promise<Page> {
  const { page } = await visitAs(sari, box.browser, box.url, DESKTOP, prepare);
  await openChat(page, 'budi');
  await row(page, 'pesan 130').waitFor();
  // Before the history has arrived the newest message stands alone, and a scroll would be undone.
  await expect.poll(() => count(page)).toBeGreaterThanOrEqual(40);
  return page;
}

test('a chat opens at its newest message and loads older pages without moving the visible messages', async () => {
  const page = await openAtBudi();
  await expect.poll(() => distanceToEnd(page)).toBe(0);
  expect(await count(page)).toBe(40);
  for (const [anchor, after] of [
    ['pesan 96', 80],
    ['pesan 56', 120],
    ['pesan 16', 130],
  ] as const) {
    const measured = Promise.withResolvers<void>();
    await page.route('**/chat/history?*', async (route) => {
      await measured.promise;
      await route.continue();
    });
    await scrollTo(page, 200);
    const before = await top(page, anchor);
    measured.resolve();
    await expect.poll(() => count(page)).toBe(after);
    expect(Math.abs((await top(page, anchor)) - before)).toBeLessThanOrEqual(1);
    await page.unrouteAll();
  }
  await scrollTo(page, 0);
  await page.getByText('Ini awal chatmu dengan budi.').waitFor();
});

test('messages that arrive while older ones are visible move nothing, replace no node, and are counted on a button', async () => {
  const page = await openAtBudi();
  await scrollTo(page, 500);
  const anchor = await page.evaluate(() => {
    const rows = [...document.querySelectorAll<HTMLElement & { index?: number }>('.timeline-list > li')];
    rows.forEach((node, index) => {
      node.index = index;
    });
    return rows.find((node) => node.getBoundingClientRect().top > 100)?.querySelector('.bubble-text')
      ?.textContent;
  });
  const before = await top(page, anchor ?? '');
  await say('kabar baru satu');
  await say('kabar baru dua');
  await row(page, 'kabar baru dua').waitFor();
  expect(await top(page, anchor ?? '')).toBe(before);
  const newRows = await page.evaluate(() => {
    const rows = [...document.querySelectorAll<HTMLElement & { index?: number }>('.timeline-list > li')];
    return rows.filter((node) => node.index === undefined).length;
  });
  expect(newRows).toBe(2);
  await page.getByRole('button', { name: '2 pesan baru' }).click();
  await expect.poll(() => distanceToEnd(page)).toBe(0);
  await page.getByRole('button', { name: '2 pesan baru' }).waitFor({ state: 'hidden' });
});

test('a message that arrives in a long chat changes no other row', async () => {
  const page = await openAtBudi();
  for (let shown = await count(page); shown < 120; shown = await count(page)) {
    await scrollTo(page, 0);
    await expect.poll(() => count(page)).toBeGreaterThan(shown);
  }
  await scrollTo(page, 1_000_000);
  const touched = await watchRows(page);
  // The same sender within five minutes: it joins the group of the row before it.
  await say('hanya baris ini');
  await row(page, 'hanya baris ini').waitFor();
  expect(await touched()).toEqual(['hanya baris ini']);
});

test('the newest message is scrolled to at the end of a chat, and an own message always', async () => {
  const page = await openAtBudi();
  await say('ikuti ini');
  await row(page, 'ikuti ini').waitFor();
  await expect.poll(() => distanceToEnd(page)).toBe(0);
  await scrollTo(page, 400);
  await write(page, 'dari saya');
  await expect.poll(() => distanceToEnd(page)).toBe(0);
});

test('a URL in a message opens in a new tab, and turning it into a link moves no visible message', async () => {
  const page = await openAtBudi();
  await page.context().route('https://dapur.example/**', (route) => route.fulfill({ body: 'Rendang' }));
  await say('resepnya di https://dapur.example/rendang, enak');
  const link = page.getByRole('link', { name: 'https://dapur.example/rendang', exact: true });
  await link.waitFor();
  expect(await distanceToEnd(page)).toBe(0);
  const [opened] = await Promise.all([page.waitForEvent('popup'), link.click()]);
  await opened.getByText('Rendang').waitFor();
  expect(await opened.evaluate(() => [window.opener, document.referrer])).toEqual([null, '']);
  await opened.close();
  await row(page, 'resepnya di https://dapur.example/rendang, enak').waitFor();
});

test('a message that arrives in the open chat is announced to assistive technology, and the history is not', async () => {
  const page = await openAtBudi((fresh) => fresh.clock.install());
  const announced = () => page.getByRole('log').textContent();
  await page.clock.fastForward(3_000);
  expect(await announced()).toBe('');
  await say('terdengar');
  await row(page, 'terdengar').waitFor();
  await page.clock.fastForward(3_000);
  await expect.poll(announced).toBe('budi: terdengar');
});

test('expanding a long message moves no visible message, also at the end of the chat', async () => {
  const page = await openAtBudi();
  const long = 'selembar surat yang panjang sekali '.repeat(60).trim();
  for (const text of ['sebelum surat', long, 'sesudah surat']) await say(text);
  await row(page, 'sesudah surat').waitFor();
  await expect.poll(() => distanceToEnd(page)).toBe(0);
  // The button below counts unread messages, so all are read before one of them leaves the view.
  await expect.poll(unread).toBe(0);
  const longRow = page.locator('.row', { hasText: 'selembar surat' });
  const text = longRow.locator('.bubble-text');
  expect(await text.textContent()).toMatch(/^selembar surat .{600,700}…$/);
  const before = await top(page, 'sebelum surat');
  await longRow.getByRole('button', { name: 'Selengkapnya' }).press('Enter');
  await expect.poll(() => text.textContent()).toBe(long);
  expect(await top(page, 'sebelum surat')).toBe(before);
  expect(await text.evaluate((place) => place === document.activeElement)).toBe(true);
  expect(await distanceToEnd(page)).toBeGreaterThan(100);
  await page.getByRole('button', { name: 'Ke pesan terbaru' }).waitFor();
  await scrollTo(page, 1_000_000);
  await write(page, long);
  await expect.poll(() => distanceToEnd(page)).toBe(0);
  expect(await page.getByRole('button', { name: 'Selengkapnya' }).count()).toBe(1);
});

test('a chat that is opened again returns to its last scroll position, or to its end if it was left there', async () => {
  const page = await openAtBudi();
  // What is loaded once the page rests may still change its height, which keeps a reader at the end there.
  const scrolled = async () => {
    await scrollTo(page, 700);
    return distanceToEnd(page);
  };
  await expect.poll(scrolled).toBeGreaterThan(200);
  const place = () =>
    page.locator('.timeline-scroll').evaluate((scroller) => {
      const rows = [...scroller.querySelectorAll('.row')];
      const first = rows.find(
        (node) => node.getBoundingClientRect().bottom > scroller.getBoundingClientRect().top,
      );
      return `${first?.querySelector('.bubble-text')?.textContent} ${Math.round(first?.getBoundingClientRect().bottom ?? 0)}`;
    });
  const before = await place();
  await page.getByRole('link', { name: 'Tambah teman' }).first().click();
  await page.getByLabel('Username teman').waitFor();
  const news = `sementara itu ${Date.now()}`;
  await say(news);
  await page.goBack();
  await row(page, news).waitFor();
  expect(await place()).toBe(before);
  await scrollTo(page, 1_000_000);
  await page.getByRole('link', { name: 'Tambah teman' }).first().click();
  await page.getByLabel('Username teman').waitFor();
  await page.goBack();
  await expect.poll(() => distanceToEnd(page)).toBe(0);
});
