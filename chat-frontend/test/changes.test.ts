import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import type { Message } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, storeSession, visit } from './support/browser.ts';
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

/** Two friends anew for each test. */
beforeEach(async () => {
  round += 1;
  faults = [];
  [sari, budi] = await Promise.all([signUp(box.url, `sari${round}`), signUp(box.url, `budi${round}`)]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
});

async function openAt(person: Person, other: Person, options = DESKTOP): Promise<Page> {
  const visitor = await visit(box.browser, box.url, options);
  faults.push(visitor.faults);
  await storeSession(visitor.page, person);
  await openChat(visitor.page, other.username);
  return visitor.page;
}

const quoteIn = (page: Page, text: string) =>
  row(page, text).getByRole('button', { name: 'Ke pesan yang dibalas' });

test('a message is answered, edited and deleted for everyone, and both see it each time', async () => {
  const [at, there] = [await openAt(sari, budi), await openAt(budi, sari)];
  await write(at, 'ikannya segar?');
  await row(there, 'ikannya segar?').waitFor();

  await chooseFromMenu(there, 'ikannya segar?', 'Balas');
  await there.getByText(`Membalas ${sari.username}`).waitFor();
  await write(there, 'segar sekali');
  await quoteIn(at, 'segar sekali').getByText('ikannya segar?').waitFor();

  await at.getByLabel('Tulis pesan').press('ArrowUp');
  await at.getByText('Mengubah pesan').waitFor();
  await at.getByLabel('Tulis pesan').fill('ikan dan udangnya segar?');
  await at.getByRole('button', { name: 'Simpan perubahan' }).click();
  for (const page of [at, there]) {
    await row(page, 'ikan dan udangnya segar?').getByText('diedit').waitFor();
    await quoteIn(page, 'segar sekali').getByText('ikan dan udangnya segar?').waitFor();
  }
  // The poll may tell of the edit before its own answer does.
  await expect.poll(() => at.getByLabel('Tulis pesan').inputValue()).toBe('');

  await chooseFromMenu(at, 'ikan dan udangnya segar?', 'Hapus…');
  await confirmDialog(at, 'Hapus untuk semua');
  await row(at, 'Kamu menghapus pesan ini').waitFor();
  await row(there, 'Pesan dihapus').waitFor();
  for (const page of [at, there]) await quoteIn(page, 'segar sekali').getByText('Pesan dihapus').waitFor();
  await there.reload();
  await row(there, 'Pesan dihapus').waitFor();
  expect(await there.getByText('udangnya').count()).toBe(0);
  expect(faults.flat()).toEqual([]);
});

test('a message deleted for oneself comes back when it is undone, and goes for good when it is not', async () => {
  const [at, there] = [await openAt(sari, budi), await openAt(budi, sari)];
  await write(at, 'rahasia dapur');
  await row(there, 'rahasia dapur').waitFor();
  // Five seconds are left to undo it, of a clock that stands still.
  await there.clock.install();
  await there.clock.pauseAt(Date.now() + 10_000);
  await chooseFromMenu(there, 'rahasia dapur', 'Hapus…');
  expect(await there.getByRole('button', { name: 'Hapus untuk semua' }).count()).toBe(0);
  await confirmDialog(there, 'Hapus untuk saya');
  await row(there, 'rahasia dapur').waitFor({ state: 'detached' });
  await there.getByRole('button', { name: 'Urungkan' }).click();
  await row(there, 'rahasia dapur').waitFor();

  const deleted = there.waitForResponse((response) => response.request().method() === 'DELETE');
  await chooseFromMenu(there, 'rahasia dapur', 'Hapus…');
  await confirmDialog(there, 'Hapus untuk saya');
  await there.clock.fastForward(10_000);
  expect((await deleted).status()).toBe(200);
  await there.clock.resume();
  await write(there, 'sudah kuhapus');
  await waitForSent(there, 'sudah kuhapus');
  await there.reload();
  await row(there, 'sudah kuhapus').waitFor();
  expect(await row(there, 'rahasia dapur').count()).toBe(0);
  expect(await row(at, 'rahasia dapur').count()).toBe(1);
  expect(faults.flat()).toEqual([]);
});

test('with keys alone: the newest message, its menu, an answer, and Esc back to plain writing', async () => {
  const page = await openAt(sari, budi);
  await budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message: 'pertama' });
  await budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message: 'kedua' });
  await row(page, 'kedua').waitFor();
  await page.getByLabel('Tulis pesan').fill('draf yang tinggal');
  await page.getByLabel('Tulis pesan').press('Shift+Tab');
  await page.keyboard.press('ArrowUp');
  expect(
    await row(page, 'pertama')
      .getByRole('button', { name: 'Pilihan pesan' })
      .evaluate((node) => node === document.activeElement),
  ).toBe(true);
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

test('under a finger that stays the menu opens as a sheet, with targets of 44 pixels', async () => {
  const page = await openAt(sari, budi, PHONE);
  await budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message: 'tekan lama' });
  await waitForTouchInput(page);
  await row(page, 'tekan lama').locator('.bubble').dispatchEvent('pointerdown', { pointerType: 'touch' });
  await page.getByRole('menu').waitFor();
  const heights = await page
    .getByRole('menuitem')
    .evaluateAll((items) => items.map((item) => item.getBoundingClientRect().height));
  expect(heights).toHaveLength(3);
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
});

test('a quote leads to a message far back, and from there to the newest again', async () => {
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

test('an edit and deletions made while the box is away wait, outlive a reload, and are done when it is back', async () => {
  const at = await openAt(sari, budi);
  for (const text of ['pertama', 'kedua', 'ketiga']) {
    await write(at, text);
    await waitForSent(at, text);
  }
  const there = await openAt(budi, sari);
  await row(there, 'ketiga').waitFor();
  // The page itself is there; nothing behind it answers.
  await at.route('**/api/**', (route) => route.abort('internetdisconnected'));
  await at.getByLabel('Tulis pesan').press('ArrowUp');
  await at.getByLabel('Tulis pesan').fill('ketiga, diperbaiki');
  await at.getByRole('button', { name: 'Simpan perubahan' }).click();
  await row(at, 'ketiga, diperbaiki').getByText('perubahan menunggu').waitFor();
  await expect.poll(() => at.getByLabel('Tulis pesan').inputValue()).toBe('');
  await chooseFromMenu(at, 'kedua', 'Hapus…');
  await confirmDialog(at, 'Hapus untuk semua');
  await row(at, 'kedua').getByText('menunggu dihapus untuk semua').waitFor();
  await at.reload();
  await row(at, 'ketiga, diperbaiki').getByText('perubahan menunggu').waitFor();
  await row(at, 'kedua').getByText('menunggu dihapus untuk semua').waitFor();
  expect(await row(there, 'kedua').count()).toBe(1);

  await at.unroute('**/api/**');
  await at.evaluate(() => window.dispatchEvent(new Event('online')));
  await row(there, 'ketiga, diperbaiki').getByText('diedit').waitFor();
  await row(there, 'Pesan dihapus').waitFor();
  await row(at, 'ketiga, diperbaiki').getByText('diedit').waitFor();
  await row(at, 'Kamu menghapus pesan ini').waitFor();
  await at.getByText('perubahan menunggu').waitFor({ state: 'detached' });
  faults = [];
});
