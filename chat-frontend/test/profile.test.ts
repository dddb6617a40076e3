import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { storeSession, visit } from './support/browser.ts';
import { chatRow, go, openChat, waitForToast, write } from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let budi: Person;

beforeAll(async () => {
  [sari, budi] = await Promise.all([signUp(box.url, 'sari'), signUp(box.url, 'budi')]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
});

async function openAt(person: Person) {
  const visitor = await visit(box.browser, box.url);
  await storeSession(visitor.page, person);
  await visitor.page.getByRole('navigation').waitFor();
  return visitor;
}

/** A picture as a camera makes them: large, and hard to make small. */
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

test('name, words and picture reach the friend’s page: list, heading and contact info; and go again', async () => {
  const [at, there] = [await openAt(sari), await openAt(budi)];
  await openChat(there.page, 'sari');
  await go(at.page, 'profile');
  await at.page.getByLabel('Nama tampilan').fill('Sari Wulandari');
  await at.page.getByLabel('Tentang').fill('Di kebun');
  await at.page.getByRole('button', { name: 'Simpan profil' }).click();
  await at.page.getByText('Profil disimpan.').waitFor();
  await chatRow(there.page, 'Sari Wulandari').waitFor();
  await there.page.getByRole('heading', { name: 'Sari Wulandari' }).waitFor();

  const changed = at.page.waitForRequest((request) => request.method() === 'PATCH');
  const buffer = await photo(at.page);
  expect(buffer.length).toBeGreaterThan(20_000);
  const chosen = { name: 'kebun.png', mimeType: 'image/png', buffer };
  await waitForToast(at.page, 'Foto diganti.', () => at.page.getByLabel('Pilih foto').setInputFiles(chosen));
  const { picture } = (await changed).postDataJSON() as { picture: { type: string; data: string } };
  expect(picture.type).toBe('image/webp');
  expect(Buffer.from(picture.data, 'base64').length).toBeLessThanOrEqual(20_000);
  const address = `data:image/webp;base64,${picture.data}`;
  const face = (page: Page) => page.locator('main .avatar-picture');
  await expect.poll(() => face(there.page).getAttribute('src')).toBe(address);

  await there.page.getByRole('main').getByRole('link', { name: 'Sari Wulandari' }).click();
  await there.page.getByText('Di kebun').waitFor();
  await there.page.getByText('@sari', { exact: true }).waitFor();

  await waitForToast(at.page, 'Foto dihapus.', () =>
    at.page.getByRole('button', { name: 'Hapus foto' }).click(),
  );
  await there.page.locator('.avatar-picture').first().waitFor({ state: 'detached' });
  expect([...at.faults, ...there.faults]).toEqual([]);
});

test('where the browser gives noise for what was drawn, no picture is sent, and the page says why', async () => {
  const { page } = await openAt(sari);
  await go(page, 'profile');
  let sent = 0;
  await page.route('**/api/me', (route) => {
    sent += 1;
    return route.abort();
  });
  // As Firefox does where it resists fingerprinting. A hair's breadth, as others do, changes no picture.
  const scramble = (most: number) =>
    page.evaluate((range) => {
      const read = CanvasRenderingContext2D.prototype.getImageData;
      CanvasRenderingContext2D.prototype.getImageData = function (...area) {
        const image = read.apply(this, area);
        for (const at of image.data.keys()) image.data[at] = (image.data[at] ?? 0) + Math.random() * range;
        return image;
      };
    }, most);
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

test('what is no picture is not sent, and the page says so', async () => {
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

test('who writes and who is there is shown to the friend, until they no longer let it be known', async () => {
  const [at, there] = [await openAt(sari), await openAt(budi)];
  await Promise.all([openChat(at.page, 'budi'), openChat(there.page, 'sari')]);
  const status = there.page.locator('.bar-status');
  await status.getByText('daring').waitFor();
  const typed = 'sedang mengetik…';
  const seen = () => [
    status.getByText(typed).isVisible(),
    chatRow(there.page, 'sari').getByText(typed).isVisible(),
  ];
  // It holds for five seconds only: she goes on typing until both are seen at once.
  await expect
    .poll(async () => {
      await at.page.getByLabel('Tulis pesan').press('a');
      return Promise.all(seen());
    })
    .toEqual([true, true]);
  await write(at.page, 'sedang apa?');
  await status.getByText('daring').waitFor();

  await go(at.page, 'privacy');
  await at.page.getByLabel('Terakhir terlihat dan daring').selectOption('Tidak ada');
  await at.page.getByText('Pilihan disimpan.').waitFor();
  await status.waitFor({ state: 'hidden' });
  await openChat(at.page, 'budi');
  await at.page.locator('.bar-status').waitFor({ state: 'hidden' });
  expect([...at.faults, ...there.faults]).toEqual([]);
});

test('opened by its address, the profile shows what the box knows, and saving it takes nothing away', async () => {
  await sari.patch('/me', { displayName: 'Sari', about: 'Di kebun' });
  const { page } = await visit(box.browser, 'about:blank');
  await page.goto(`${box.url}/#/profile`);
  await storeSession(page, sari);
  await expect.poll(() => page.getByLabel('Nama tampilan').inputValue()).toBe('Sari');
  await page.getByLabel('Tentang').fill('Di dapur');
  await page.getByRole('button', { name: 'Simpan profil' }).click();
  await page.getByText('Profil disimpan.').waitFor();
  const { body } = await sari.poll();
  expect((body as { me: unknown }).me).toMatchObject({ displayName: 'Sari', about: 'Di dapur' });
});
