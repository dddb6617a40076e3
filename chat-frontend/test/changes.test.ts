import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import type { Message } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import {
  chooseFromMenu,
  confirmDialog,
  openChat,
  row,
  waitForSent,
  waitForTouchInput,
  write,
} from './support/page-actions.ts';

const box = openBox();
let round = 0;
let sari: Person;
let budi: Person;
let faults: string[][];

/** Two new friends for each test. */
beforeEach(async () => {
  round += 1;
  faults = [];
  [sari, budi] = await Promise.all([signUp(box.url, `sari${round}`), signUp(box.url, `budi${round}`)]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
});

async function openAt(person: Person, other: Person, options = DESKTOP): Promise<Page> {
  const visitor = await visitAs(person, box.browser, box.url, options);
  faults.push(visitor.faults);
  await openChat(visitor.page, other.username);
  return visitor.page;
}

const quoteIn = (page: Page, text: string) =>
  row(page, text).getByRole('button', { name: 'Ke pesan yang dibalas' });

test('a message is replied to, edited and deleted for everyone, and both people see each change', async () => {
  const [sariPage, budiPage] = [await openAt(sari, budi), await openAt(budi, sari)];
  await write(sariPage, 'ikannya segar?');
  await row(budiPage, 'ikannya segar?').waitFor();

  await chooseFromMenu(budiPage, 'ikannya segar?', 'Balas');
  await budiPage.getByText(`Membalas ${sari.username}`).waitFor();
  await write(budiPage, 'segar sekali');
  await quoteIn(sariPage, 'segar sekali').getByText('ikannya segar?').waitFor();

  await sariPage.getByLabel('Tulis pesan').press('ArrowUp');
  await sariPage.getByText('Mengubah pesan').waitFor();
  await sariPage.getByLabel('Tulis pesan').fill('ikan dan udangnya segar?');
  await sariPage.getByRole('button', { name: 'Simpan perubahan' }).click();
  for (const page of [sariPage, budiPage]) {
    await row(page, 'ikan dan udangnya segar?').getByText('diedit').waitFor();
    await quoteIn(page, 'segar sekali').getByText('ikan dan udangnya segar?').waitFor();
  }
  // The poll may deliver the edit before its own response arrives.
  await expect.poll(() => sariPage.getByLabel('Tulis pesan').inputValue()).toBe('');

  await chooseFromMenu(sariPage, 'ikan dan udangnya segar?', 'Hapus…');
  await confirmDialog(sariPage, 'Hapus untuk semua');
  await row(sariPage, 'Kamu menghapus pesan ini').waitFor();
  await row(budiPage, 'Pesan dihapus').waitFor();
  for (const page of [sariPage, budiPage])
    await quoteIn(page, 'segar sekali').getByText('Pesan dihapus').waitFor();
  await budiPage.reload();
  await row(budiPage, 'Pesan dihapus').waitFor();
  expect(await budiPage.getByText('udangnya').count()).toBe(0);
  expect(faults.flat()).toEqual([]);
});

test('a message deleted for oneself comes back when the deletion is undone, and is gone for good when it is not', async () => {
  const [sariPage, budiPage] = [await openAt(sari, budi), await openAt(budi, sari)];
  await write(sariPage, 'rahasia dapur');
  await row(budiPage, 'rahasia dapur').waitFor();
  // A deletion can be undone for five seconds; the clock stands still.
  await budiPage.clock.install();
  await budiPage.clock.pauseAt(Date.now() + 10_000);
  await chooseFromMenu(budiPage, 'rahasia dapur', 'Hapus…');
  expect(await budiPage.getByRole('button', { name: 'Hapus untuk semua' }).count()).toBe(0);
  await confirmDialog(budiPage, 'Hapus untuk saya');
  await row(budiPage, 'rahasia dapur').waitFor({ state: 'detached' });
  await budiPage.getByRole('button', { name: 'Urungkan' }).click();
  await row(budiPage, 'rahasia dapur').waitFor();

  const deleted = budiPage.waitForResponse((response) => response.request().method() === 'DELETE');
  await chooseFromMenu(budiPage, 'rahasia dapur', 'Hapus…');
  await confirmDialog(budiPage, 'Hapus untuk saya');
  // The five seconds begin when the message is hidden.
  await row(budiPage, 'rahasia dapur').waitFor({ state: 'detached' });
  await budiPage.clock.fastForward(10_000);
  expect((await deleted).status()).toBe(200);
  await budiPage.clock.resume();
  await write(budiPage, 'sudah kuhapus');
  await waitForSent(budiPage, 'sudah kuhapus');
  await budiPage.reload();
  await row(budiPage, 'sudah kuhapus').waitFor();
  expect(await row(budiPage, 'rahasia dapur').count()).toBe(0);
  expect(await row(sariPage, 'rahasia dapur').count()).toBe(1);
  expect(faults.flat()).toEqual([]);
});

test('with the keyboard alone a person reaches a message, opens its menu, starts a reply, and returns to the draft with Esc', async () => {
  const page = await openAt(sari, budi);
  await budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message: 'pertama' });
  await budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message: 'kedua' });
  await row(page, 'kedua').waitFor();
  await page.getByLabel('Tulis pesan').fill('draf yang tinggal');
  const isFocused = (text: string) =>
    row(page, text)
      .getByRole('button', { name: 'Pilihan pesan' })
      .evaluate((node) => node === document.activeElement);
  // The keys of the messages are loaded after the messages.
  await expect
    .poll(async () => {
      await page.getByLabel('Tulis pesan').press('Shift+Tab');
      return isFocused('kedua');
    })
    .toBe(true);
  await page.keyboard.press('ArrowUp');
  expect(await isFocused('pertama')).toBe(true);
  await page.keyboard.press('Enter');
  await page.getByRole('menu').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await page.keyboard.press('r');
  await page.locator('.composer-target').getByText('pertama').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.composer-target').waitFor({ state: 'hidden' });
  expect(await page.getByLabel('Tulis pesan').inputValue()).toBe('draf yang tinggal');
});

test('a long press opens the menu of a message as a sheet with targets of 44 pixels', async () => {
  const page = await openAt(sari, budi, PHONE);
  await budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message: 'tekan lama' });
  await waitForTouchInput(page);
  await row(page, 'tekan lama').locator('.bubble').dispatchEvent('pointerdown', { pointerType: 'touch' });
  await page.getByRole('menu').waitFor();
  const heights = await page
    .getByRole('menuitem')
    .evaluateAll((items) => items.map((item) => item.getBoundingClientRect().height));
  expect(heights.length).toBeGreaterThanOrEqual(3);
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
});

test('a quote jumps to a message far back, and a button jumps to the newest again', async () => {
  const send = (message: string, replyTo?: number) =>
    budi.post('/chat/send', {
      senderId: budi.id,
      receiverId: sari.id,
      message,
      ...(replyTo ? { replyTo } : {}),
    });
  for (let n = 1; n <= 130; n++) await send(`baris ${n}`);
  const { conversationId, seq } = (await send('tentang yang dulu', 12)).body as Message;
  await sari.post('/chat/read', { conversationId, seq });
  const page = await openAt(sari, budi);
  await quoteIn(page, 'tentang yang dulu').getByText('baris 12').click();
  await expect
    .poll(() =>
      row(page, 'baris 12').evaluate((node) => {
        const { top, bottom } = node.getBoundingClientRect();
        return top > 0 && bottom < innerHeight;
      }),
    )
    .toBe(true);
  expect(await row(page, 'tentang yang dulu').count()).toBe(0);
  await page.locator('.jump-to-latest').click();
  await row(page, 'tentang yang dulu').waitFor();
  await write(page, 'balas di ujung');
  await waitForSent(page, 'balas di ujung');
  expect(faults.flat()).toEqual([]);
});

test('an edit and a deletion made while the box is unreachable wait, survive a reload, and are sent when it is back', async () => {
  const sariPage = await openAt(sari, budi);
  for (const text of ['pertama', 'kedua', 'ketiga']) {
    await write(sariPage, text);
    await waitForSent(sariPage, text);
  }
  const budiPage = await openAt(budi, sari);
  await row(budiPage, 'ketiga').waitFor();
  // The page itself is loaded; no API request succeeds.
  await sariPage.route('**/api/**', (route) => route.abort('internetdisconnected'));
  await sariPage.getByLabel('Tulis pesan').press('ArrowUp');
  await sariPage.getByLabel('Tulis pesan').fill('ketiga, diperbaiki');
  await sariPage.getByRole('button', { name: 'Simpan perubahan' }).click();
  await row(sariPage, 'ketiga, diperbaiki').getByText('perubahan menunggu').waitFor();
  await expect.poll(() => sariPage.getByLabel('Tulis pesan').inputValue()).toBe('');
  await chooseFromMenu(sariPage, 'kedua', 'Hapus…');
  await confirmDialog(sariPage, 'Hapus untuk semua');
  await row(sariPage, 'kedua').getByText('menunggu dihapus untuk semua').waitFor();
  await sariPage.reload();
  await row(sariPage, 'ketiga, diperbaiki').getByText('perubahan menunggu').waitFor();
  await row(sariPage, 'kedua').getByText('menunggu dihapus untuk semua').waitFor();
  expect(await row(budiPage, 'kedua').count()).toBe(1);

  await sariPage.unroute('**/api/**');
  await sariPage.evaluate(() => window.dispatchEvent(new Event('online')));
  await row(budiPage, 'ketiga, diperbaiki').getByText('diedit').waitFor();
  await row(budiPage, 'Pesan dihapus').waitFor();
  await row(sariPage, 'ketiga, diperbaiki').getByText('diedit').waitFor();
  await row(sariPage, 'Kamu menghapus pesan ini').waitFor();
  await sariPage.getByText('perubahan menunggu').waitFor({ state: 'detached' });
  faults = [];
});
