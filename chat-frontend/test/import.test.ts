import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { Delta } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { confirmDialog, go } from './support/page-actions.ts';
import { png } from './support/pictures.ts';
import { zipOf } from './support/zip-of.ts';

const box = openBox();
let sari: Person;
let budi: Person;

beforeAll(async () => {
  [sari, budi] = await Promise.all([signUp(box.url, 'sari'), signUp(box.url, 'budi')]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
});

const LINES = [
  '31/12/19 21.05 - Pesan dan panggilan dienkripsi secara end-to-end.',
  '31/12/19 21.06 - Pak Budi: Selamat tahun baru!',
  '31/12/19 21.07 - Bu Sari: IMG-20191231-WA0001.jpg (file terlampir)',
  'Kembang api',
  '01/01/20 07.00 - Pak Budi: <Media tidak disertakan>',
  '01/01/20 07.01 - Bu Sari: IMG-20200101-WA0002.jpg (file terlampir)',
];
const ZIP = zipOf([
  { path: 'Chat WhatsApp dengan Keluarga.txt', content: Buffer.from(LINES.join('\n')) },
  { path: 'IMG-20191231-WA0001.jpg', content: png(120, 90, 30), isStored: true },
]);
const file = (buffer: Buffer, name = 'Chat WhatsApp dengan Keluarga.zip') => ({
  name,
  mimeType: 'application/zip',
  buffer,
});

async function choose(page: Page, chosen = file(ZIP)): Promise<void> {
  await page.getByLabel('Pilih berkas').setInputFiles(chosen);
}

test('a zip of WhatsApp is looked at, imported, and read with the names, dates and pictures of the old chat', async () => {
  const { page, context } = await visitAs(sari, box.browser, box.url, PHONE);
  await go(page, 'settings');
  await page.getByRole('link', { name: 'Impor dari WhatsApp atau Telegram' }).click();
  await choose(page);
  await page.getByRole('heading', { name: 'Isi chat' }).waitFor();
  expect(await page.locator('.figures').textContent()).toMatch(
    /5[\s\S]*31 Desember 2019[\s\S]*1 Januari 2020[\s\S]*1 berkas/,
  );
  await page.getByText('Tidak ada di ekspor: 2').waitFor();
  await page.getByLabel('Pak Budi', { exact: true }).selectOption({ label: 'budi' });
  await page.getByRole('button', { name: 'Impor 5 pesan' }).click();
  await page.getByRole('heading', { name: 'Arsip sudah jadi' }).waitFor();
  await page.getByRole('link', { name: 'Buka arsip' }).click();
  await page.getByText('Selamat tahun baru!').first().waitFor();
  await page.getByText('Arsip hanya bisa dibaca.').waitFor();
  await page.getByText('Arsip · impor dari WhatsApp').waitFor();
  await page.getByText('budi · impor').first().waitFor();
  await page.getByText('Bu Sari · impor').first().waitFor();
  await page.locator('.bubble', { hasText: '(IMG-20200101-WA0002.jpg)' }).waitFor();
  expect(await page.locator('.event').allInnerTexts()).toEqual([LINES[0]?.slice(17)]);
  expect(await page.locator('.bubble .tick, .row-own').count()).toBe(0);
  await page.locator('.bubble img, .tile img').first().waitFor();
  expect(await page.locator('.composer').isVisible()).toBe(false);
  await context.close();
});

test('an import that a reload stopped goes on with the same file, in the archive that was begun', async () => {
  const lines = Array.from({ length: 900 }, (_, n) => `31/12/19 21.05 - Bu Sari: baris ${n}`);
  const text = {
    name: 'Chat WhatsApp dengan Bu Sari.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from(lines.join('\n')),
  };
  const { page, context } = await visitAs(budi, box.browser, box.url, DESKTOP);
  let passed = 0;
  await page.route(/\/imports\/[^/]+\/rows/, (route) => (++passed > 2 ? route.abort() : route.continue()));
  await go(page, 'import');
  await choose(page, text);
  await page.getByRole('button', { name: 'Impor 900 pesan' }).click();
  await page.getByText('Menunggu kotak', { exact: false }).waitFor();
  await page.unroute(/\/imports\/[^/]+\/rows/);
  await page.reload();
  await page.getByText(/Impor “Bu Sari” belum selesai: 400 pesan/).waitFor();
  await choose(page, text);
  await page.getByRole('button', { name: 'Impor 900 pesan' }).click();
  await page.getByRole('heading', { name: 'Arsip sudah jadi' }).waitFor();
  expect((await budi.get('/imports')).body).toEqual([]);
  const { conversations = [] } = (await budi.get('/sync')).body as Delta;
  const archive = conversations.find((one) => one.kind === 'group' && one.group?.name === 'Bu Sari');
  expect(archive).toMatchObject({ lastSeq: 900, unread: 0 });
  await context.close();
});

test('a damaged zip and a file without a chat are refused with what to do, and a cancelled import leaves nothing', async () => {
  const { page, context } = await visitAs(budi, box.browser, box.url, DESKTOP);
  await page.route(/\/imports\/[^/]+\/rows/, (route) => route.abort());
  await go(page, 'import');
  await choose(page, file(ZIP.subarray(0, 300)));
  await page.getByText('Zip ini rusak atau terpotong.', { exact: false }).waitFor();
  await choose(page, { name: 'catatan.txt', mimeType: 'text/plain', buffer: Buffer.from('halo') });
  await page.getByText('Tidak ada chat WhatsApp atau Telegram di berkas ini.').waitFor();
  await choose(page);
  await page.getByRole('button', { name: 'Impor 5 pesan' }).click();
  await page.getByText('Menunggu kotak', { exact: false }).waitFor();
  await page.getByRole('button', { name: 'Jeda' }).click();
  await page.getByRole('heading', { name: 'Dijeda' }).waitFor();
  await page.getByRole('button', { name: 'Batalkan impor' }).click();
  await confirmDialog(page, 'Batalkan impor');
  await page.getByText('Impor dibatalkan.').waitFor();
  expect((await budi.get('/imports')).body).toEqual([]);
  await context.close();
});

test('while a large export of Telegram is read the page answers, and a press stops the reading', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bisik-telegram-'));
  const path = join(folder, 'result.json');
  const message = {
    id: 1,
    type: 'message',
    date_unixtime: '1704056760',
    from: 'Bu Sari',
    text: 'ya '.repeat(100),
  };
  writeFileSync(path, JSON.stringify({ name: 'Keluarga', messages: Array(100_000).fill(message) }));
  const { page, context, faults } = await visitAs(budi, box.browser, box.url, PHONE);
  await go(page, 'import');
  // Timers run only between the steps of the reading.
  await page.evaluate(() =>
    setInterval(() => {
      const bar = document.querySelector('progress');
      if (bar && bar.value > 0.2)
        document.querySelector<HTMLElement>('.import-buttons .button:not(.import-file)')?.click();
    }, 1),
  );
  await page.getByLabel('Pilih berkas').setInputFiles(path);
  await page.getByText('Pembacaan dihentikan. Pilih berkas lagi.').waitFor();
  await page.getByLabel('Pilih berkas').waitFor();
  expect(await page.getByRole('heading', { name: 'Isi chat' }).count()).toBe(0);
  rmSync(folder, { recursive: true });
  expect(faults).toEqual([]);
  await context.close();
});
