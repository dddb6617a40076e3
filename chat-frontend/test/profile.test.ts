import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { visitAs } from './support/browser.ts';
import { chatRow, go, openChat, waitForToast, write } from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let budi: Person;

beforeAll(async () => {
  [sari, budi] = await Promise.all([signUp(box.url, 'sari'), signUp(box.url, 'budi')]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
});

async function openAt(person: Person) {
  const visitor = await visitAs(person, box.browser, box.url);
  await visitor.page.getByRole('navigation').waitFor();
  return visitor;
}

/** A picture as from a camera: large and hard to compress. */
async function photo(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(1_600, 1_200);
    const context = canvas.getContext('2d');
    for (let n = 0; n < 4_000; n++) {
      if (context) context.fillStyle = `hsl(${(n * 37) % 360} 70% ${(n * 13) % 90}%)`;
      context?.fillRect((n * 97) % 1_600, (n * 61) % 1_200, 40, 40);
    }
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  });
  return Buffer.from(base64, 'base64');
}

test('a changed name, about text and picture appear on the friend’s page, and a removed picture disappears there', async () => {
  const [sariVisit, budiVisit] = [await openAt(sari), await openAt(budi)];
  await openChat(budiVisit.page, 'sari');
  await go(sariVisit.page, 'profile');
  await sariVisit.page.getByLabel('Nama tampilan').fill('Sari Wulandari');
  await sariVisit.page.getByLabel('Tentang').fill('Di kebun');
  await sariVisit.page.getByRole('button', { name: 'Simpan profil' }).click();
  await sariVisit.page.getByText('Profil disimpan.').waitFor();
  await chatRow(budiVisit.page, 'Sari Wulandari').waitFor();
  await budiVisit.page.getByRole('heading', { name: 'Sari Wulandari' }).waitFor();

  const changed = sariVisit.page.waitForRequest((request) => request.method() === 'PATCH');
  const buffer = await photo(sariVisit.page);
  expect(buffer.length).toBeGreaterThan(20_000);
  const chosen = { name: 'kebun.png', mimeType: 'image/png', buffer };
  await waitForToast(sariVisit.page, 'Foto diganti.', () =>
    sariVisit.page.getByLabel('Pilih foto').setInputFiles(chosen),
  );
  const { picture } = (await changed).postDataJSON() as { picture: { type: string; data: string } };
  expect(picture.type).toBe('image/webp');
  expect(Buffer.from(picture.data, 'base64').length).toBeLessThanOrEqual(20_000);
  const address = `data:image/webp;base64,${picture.data}`;
  const face = (page: Page) => page.locator('main .avatar-picture');
  await expect.poll(() => face(budiVisit.page).getAttribute('src')).toBe(address);

  await budiVisit.page.getByRole('main').getByRole('link', { name: 'Sari Wulandari' }).click();
  await budiVisit.page.getByText('Di kebun').waitFor();
  await budiVisit.page.getByText('@sari', { exact: true }).waitFor();

  await waitForToast(sariVisit.page, 'Foto dihapus.', () =>
    sariVisit.page.getByRole('button', { name: 'Hapus foto' }).click(),
  );
  await budiVisit.page.locator('.avatar-picture').first().waitFor({ state: 'detached' });
  expect([...sariVisit.faults, ...budiVisit.faults]).toEqual([]);
});

test('in a browser that returns noise for canvas pixels no picture is sent, and the page says why', async () => {
  const { page } = await openAt(sari);
  await go(page, 'profile');
  let sent = 0;
  await page.route('**/api/me', (route) => {
    sent += 1;
    return route.abort();
  });
  // Firefox returns noise when it resists fingerprinting. Other browsers add so little that the picture stays usable.
  const scramble = (max: number) =>
    page.evaluate((range) => {
      const read = CanvasRenderingContext2D.prototype.getImageData;
      CanvasRenderingContext2D.prototype.getImageData = function (...area) {
        const image = read.apply(this, area);
        for (const index of image.data.keys())
          image.data[index] = (image.data[index] ?? 0) + Math.random() * range;
        return image;
      };
    }, max);
  const buffer = await photo(page);
  const choose = () =>
    page.getByLabel('Pilih foto').setInputFiles({ name: 'kebun.png', mimeType: 'image/png', buffer });
  await scramble(2);
  await choose();
  await expect.poll(() => sent).toBe(1);
  await scramble(255);
  await waitForToast(page, 'Perlindungan sidik jari browser ini mengacak foto.', choose);
  expect(sent).toBe(1);
});

test('a file that is no picture is not sent, and the page says so', async () => {
  const { page } = await openAt(sari);
  await go(page, 'profile');
  let sent = 0;
  await page.route('**/api/me', (route) => {
    sent += 1;
    return route.abort();
  });
  const file = { name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('<svg onload=alert(1)>') };
  await waitForToast(page, 'Browser ini tidak bisa membaca gambar itu.', () =>
    page.getByLabel('Pilih foto').setInputFiles(file),
  );
  expect(sent).toBe(0);
});

test('typing and online status are shown to a friend until the privacy setting forbids it', async () => {
  const [sariVisit, budiVisit] = [await openAt(sari), await openAt(budi)];
  await Promise.all([openChat(sariVisit.page, 'budi'), openChat(budiVisit.page, 'sari')]);
  const status = budiVisit.page.locator('.bar-status');
  await status.getByText('daring').waitFor();
  const typed = 'sedang mengetik…';
  const seen = () => [
    status.getByText(typed).isVisible(),
    chatRow(budiVisit.page, 'sari').getByText(typed).isVisible(),
  ];
  // The typing status lasts five seconds: she goes on typing until both places show it.
  await expect
    .poll(async () => {
      await sariVisit.page.getByLabel('Tulis pesan').press('a');
      return Promise.all(seen());
    })
    .toEqual([true, true]);
  await write(sariVisit.page, 'sedang apa?');
  await status.getByText('daring').waitFor();

  await go(sariVisit.page, 'privacy');
  await sariVisit.page.getByLabel('Terakhir terlihat dan daring').selectOption('Tidak ada');
  await sariVisit.page.getByText('Pilihan disimpan.').waitFor();
  await status.getByText('Info kontak').waitFor();
  await openChat(sariVisit.page, 'budi');
  await sariVisit.page.locator('.bar-status').getByText('Info kontak').waitFor();
  expect([...sariVisit.faults, ...budiVisit.faults]).toEqual([]);
});

test('a profile opened by its URL shows the stored values, and saving it loses none of them', async () => {
  await sari.patch('/me', { displayName: 'Sari', about: 'Di kebun' });
  const { page } = await visitAs(sari, box.browser, `${box.url}/#/profile`);
  await expect.poll(() => page.getByLabel('Nama tampilan').inputValue()).toBe('Sari');
  await page.getByLabel('Tentang').fill('Di dapur');
  await page.getByRole('button', { name: 'Simpan profil' }).click();
  await page.getByText('Profil disimpan.').waitFor();
  const { body } = await sari.poll();
  expect((body as { me: unknown }).me).toMatchObject({ displayName: 'Sari', about: 'Di dapur' });
});
