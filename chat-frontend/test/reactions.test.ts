import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { chooseFromMenu, openChat, pollAgain, row, waitForSent, write } from './support/page-actions.ts';

const box = openBox();
let round = 0;
let sari: Person;
let budi: Person;

/** Two new friends for each test. */
beforeEach(async () => {
  round += 1;
  [sari, budi] = await Promise.all([signUp(box.url, `sari${round}`), signUp(box.url, `budi${round}`)]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
});

async function openAt(person: Person, other: Person, options = DESKTOP): Promise<Page> {
  const { page } = await visitAs(person, box.browser, box.url, options);
  await openChat(page, other.username);
  return page;
}

/** By the keyboard: on a phone a long press opens the menu, and its button is for screen readers. */
const openMenu = (page: Page, text: string) =>
  row(page, text).getByRole('button', { name: 'Pilihan pesan' }).press('Enter');
const chip = (page: Page, text: string, name: string) =>
  row(page, text).getByRole('button', { name, exact: true });

async function react(page: Page, text: string, emoji: string): Promise<void> {
  await openMenu(page, text);
  await page.getByRole('button', { name: `Beri reaksi ${emoji}` }).click();
}

test('a reaction is chosen above the menu, seen by the other, and toggled by a press on it', async () => {
  const [sariPage, budiPage] = [await openAt(sari, budi), await openAt(budi, sari, PHONE)];
  await write(sariPage, 'sudah makan?');
  await waitForSent(sariPage, 'sudah makan?');
  await react(budiPage, 'sudah makan?', '👍');
  await chip(budiPage, 'sudah makan?', '👍, 1 orang, termasuk kamu').waitFor();
  await chip(sariPage, 'sudah makan?', '👍, 1 orang').click();
  await chip(budiPage, 'sudah makan?', '👍, 2 orang, termasuk kamu').click();
  await chip(sariPage, 'sudah makan?', '👍, 1 orang, termasuk kamu').waitFor();
  await sariPage.reload();
  await chip(sariPage, 'sudah makan?', '👍, 1 orang, termasuk kamu').click();
  await expect.poll(() => budiPage.locator('.reaction').count()).toBe(0);
});

test('any emoji is found by a word and chosen with the keyboard, and who reacted is listed', async () => {
  const page = await openAt(sari, budi);
  await write(page, 'selamat ya');
  await waitForSent(page, 'selamat ya');
  await openMenu(page, 'selamat ya');
  await page.getByRole('button', { name: 'Reaksi lain…' }).click();
  const picker = page.getByRole('dialog', { name: 'Pilih emoji' });
  await picker.getByLabel('Cari emoji').fill('hore');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await chip(page, 'selamat ya', '🙌, 1 orang, termasuk kamu').waitFor();
  await chooseFromMenu(page, 'selamat ya', 'Siapa yang bereaksi');
  await page.getByRole('dialog').getByText('Kamu', { exact: true }).waitFor();
});

test('a reaction that the server does not take is shown at once and undone with a reason', async () => {
  const page = await openAt(sari, budi);
  await write(page, 'halo');
  await waitForSent(page, 'halo');
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/reactions/**', async (route) => {
    await held;
    await route.abort();
  });
  await react(page, 'halo', '❤️');
  await chip(page, 'halo', '❤️, 1 orang, termasuk kamu').waitFor();
  release();
  await expect.poll(() => page.locator('.reaction').count()).toBe(0);
  await page.locator('.toast-shown').waitFor();
});

test('a chat opens at its last message, though the reactions to it are loaded after it, and only its messages scroll', async () => {
  for (let n = 0; n < 30; n++)
    await sari.post('/chat/send', { senderId: sari.id, receiverId: budi.id, message: `pesan ${n}` });
  const page = await openAt(sari, budi);
  await react(page, 'pesan 29', '👍');
  await chip(page, 'pesan 29', '👍, 1 orang, termasuk kamu').waitFor();
  await page.reload();
  await chip(page, 'pesan 29', '👍, 1 orang, termasuk kamu').waitFor();
  const below = (selector: string) =>
    page.locator(selector).evaluate((node) => node.scrollHeight - node.scrollTop - node.clientHeight);
  await expect.poll(() => below('.timeline-scroll')).toBeLessThan(2);
  expect(await below('.conversation')).toBe(0);
});

test('without a connection a reaction is refused before the tap in the menu, and at a press on one with a sentence', async () => {
  const page = await openAt(sari, budi);
  await write(page, 'sinyal hilang');
  await waitForSent(page, 'sinyal hilang');
  await react(page, 'sinyal hilang', '👍');
  const own = chip(page, 'sinyal hilang', '👍, 1 orang, termasuk kamu');
  await own.waitFor();
  const requests: string[] = [];
  page.on('request', (request) => request.url().includes('/reactions/') && requests.push(request.url()));
  await page.route('**/api/**', (route) => route.abort('internetdisconnected'));
  await pollAgain(page);
  await page.locator('.banner').waitFor();
  await own.click();
  await page.locator('.toast-shown').getByText('Reaksi perlu koneksi ke kotak.').waitFor();
  await openMenu(page, 'sinyal hilang');
  await page.getByRole('dialog').getByText('Reaksi perlu koneksi ke kotak.').waitFor();
  expect(await page.getByRole('button', { name: /^Beri reaksi/ }).count()).toBe(0);
  expect(requests).toEqual([]);
  await own.waitFor();
});

test('a reaction to an own message makes neither its chat unread nor an unread mark in it', async () => {
  const elsewhere = await openAt(sari, budi);
  await write(elsewhere, 'sudah sampai');
  await waitForSent(elsewhere, 'sudah sampai');
  await elsewhere.evaluate(() => {
    location.hash = '#/settings';
  });
  const budiPage = await openAt(budi, sari);
  await react(budiPage, 'sudah sampai', '👍');
  await chip(budiPage, 'sudah sampai', '👍, 1 orang, termasuk kamu').waitFor();
  // What follows the reaction has arrived, so the reaction has.
  await sari.post('/chat/send', { senderId: sari.id, receiverId: budi.id, message: 'sesudahnya' });
  await elsewhere.locator('.chat-text').getByText('sesudahnya').waitFor();
  expect(await elsewhere.locator('.chat-unread').count()).toBe(0);
  expect(await elsewhere.title()).not.toMatch(/^\(/);
  await openChat(elsewhere, budi.username);
  await chip(elsewhere, 'sudah sampai', '👍, 1 orang').waitFor();
  expect(await elsewhere.getByText('Pesan belum dibaca').count()).toBe(0);
});

test('on a phone of 320 pixels each quick reaction is a target of 44 pixels', async () => {
  const page = await openAt(sari, budi, PHONE);
  await write(page, 'kecil');
  await waitForSent(page, 'kecil');
  await openMenu(page, 'kecil');
  await page.getByRole('button', { name: 'Beri reaksi 👍' }).waitFor();
  const boxes = await page
    .locator('.quick-reaction')
    .evaluateAll((all) =>
      all.map((one) => one.getBoundingClientRect()).map(({ width, left, right }) => ({ width, left, right })),
    );
  expect(boxes).toHaveLength(7);
  for (const { width, left, right } of boxes)
    expect([width >= 44, left >= 0, right <= 320]).toEqual([true, true, true]);
});
