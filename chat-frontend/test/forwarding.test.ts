import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { chooseFromMenu, openChat, row, waitForToast, write } from './support/page-actions.ts';

const box = openBox();
let round = 0;
let sari: Person;
let budi: Person;
let citra: Person;
let faults: string[][];

beforeEach(async () => {
  round += 1;
  faults = [];
  [sari, budi, citra] = (await Promise.all(
    ['sari', 'budi', 'citra'].map((name) => signUp(box.url, `${name}${round}`)),
  )) as [Person, Person, Person];
  for (const friend of [budi, citra])
    await sari.post('/friends/add', { myId: sari.id, friendUsername: friend.username });
});

async function openAt(person: Person, other: Person, options = DESKTOP): Promise<Page> {
  const visitor = await visitAs(person, box.browser, box.url, options);
  faults.push(visitor.faults);
  await openChat(visitor.page, other.username);
  return visitor.page;
}

/** Begins to choose messages with this one; on touch there is an item to choose its text, too. */
async function choose(page: Page, text: string): Promise<void> {
  await row(page, text).getByRole('button', { name: 'Pilihan pesan' }).press('Enter');
  await page.getByRole('menuitem', { name: 'Pilih', exact: true }).click();
}

/** Messages of Sari to Budi. */
async function sendTexts(...texts: string[]): Promise<void> {
  for (const message of texts)
    await sari.post('/chat/send', { senderId: sari.id, receiverId: budi.id, message });
}

test('a message is forwarded to a chat that a person picks, and shows there that it was', async () => {
  await sendTexts('resep rendang');
  const [page, citraPage] = [await openAt(sari, budi), await openAt(citra, sari)];
  await chooseFromMenu(page, 'resep rendang', 'Teruskan');
  const dialog = page.getByRole('dialog');
  expect(await dialog.getByRole('button', { name: 'Teruskan' }).isDisabled()).toBe(true);
  await dialog.getByLabel(citra.username).check();
  await dialog.getByText(`Ke ${citra.username}`).waitFor();
  await dialog.getByRole('button', { name: 'Teruskan' }).click();
  await dialog.waitFor({ state: 'detached' });
  // The only chat that it went to is shown.
  await expect.poll(() => page.locator('h1:visible').allTextContents()).toContain(citra.username);
  for (const one of [page, citraPage]) await row(one, 'resep rendang').getByText('Diteruskan').waitFor();
  expect(faults.flat()).toEqual([]);
});

test('several messages are chosen by presses and keys, copied with names and times, and Escape ends it', async () => {
  await sendTexts('satu', 'dua', 'tiga', 'empat');
  const page = await openAt(sari, budi);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await choose(page, 'dua');
  const bar = page.getByRole('toolbar', { name: 'Pesan terpilih' });
  await bar.getByText('1 dipilih').waitFor();
  await row(page, 'empat').click();
  await bar.getByText('2 dipilih').waitFor();
  await row(page, 'empat').click();
  await row(page, 'dua').getByRole('checkbox').focus();
  await page.keyboard.press('Shift+ArrowDown');
  await bar.getByText('2 dipilih').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await bar.getByText('3 dipilih').waitFor();
  expect(await page.getByLabel('Tulis pesan').isVisible()).toBe(false);
  await waitForToast(page, '3 pesan disalin.', () => bar.getByRole('button', { name: 'Salin' }).click());
  const copied = (await page.evaluate(() => navigator.clipboard.readText())).split('\n');
  expect(copied).toHaveLength(3);
  expect(copied[0]).toMatch(/^\[.+\] Kamu: dua$/);
  expect(await page.getByRole('checkbox').count()).toBe(0);

  await choose(page, 'satu');
  await bar.waitFor();
  await page.keyboard.press('Escape');
  await bar.waitFor({ state: 'detached' });
  expect(await page.getByLabel('Tulis pesan').isVisible()).toBe(true);
  expect(faults.flat()).toEqual([]);
});

test('chosen messages are deleted for oneself, and come back when that is undone', async () => {
  await sendTexts('satu', 'dua', 'tiga');
  const page = await openAt(sari, budi, PHONE);
  await choose(page, 'satu');
  await row(page, 'tiga').click();
  const bar = page.getByRole('toolbar', { name: 'Pesan terpilih' });
  await bar.getByRole('button', { name: 'Hapus untuk saya' }).click();
  const dialog = page.getByRole('dialog');
  await waitForToast(page, '2 pesan dihapus untukmu.', () =>
    dialog.getByRole('button', { name: 'Hapus untuk saya' }).click(),
  );
  await row(page, 'satu').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Urungkan' }).click();
  await row(page, 'tiga').waitFor();
  expect(faults.flat()).toEqual([]);
});

test('a pinned message stands above the chat of both friends, leads to it, and either unpins it', async () => {
  await sendTexts('jadwal ronda', ...Array.from({ length: 30 }, (_, n) => `pesan ${n}`));
  const [page, budiPage] = [await openAt(sari, budi), await openAt(budi, sari, PHONE)];
  await page.locator('.timeline-scroll').evaluate((node) => node.scrollTo(0, 0));
  await chooseFromMenu(page, 'jadwal ronda', 'Sematkan');
  const pinned = budiPage.getByRole('button', { name: /Pesan tersemat/ });
  await pinned.getByText('jadwal ronda').waitFor();
  await pinned.click();
  await budiPage.locator('.row-highlighted').getByText('jadwal ronda').waitFor();
  await budiPage.getByRole('button', { name: 'Lepas sematan' }).click();
  for (const one of [page, budiPage]) await one.locator('.pin-bar').waitFor({ state: 'hidden' });
  await write(budiPage, 'siap');
  expect(faults.flat()).toEqual([]);
});
