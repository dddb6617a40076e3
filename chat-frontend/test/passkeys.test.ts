import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { PASSWORD, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { visit } from './support/browser.ts';
import { freePort } from './support/free-port.ts';
import { go } from './support/page-actions.ts';
import { addAuthenticator } from './support/virtual-authenticator.ts';

const port = await freePort();
const url = `http://localhost:${port}`;
const box = openBox({ PORT: String(port), PUBLIC_URL: url });

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

const shot = (page: Page, name: string) =>
  process.env.SHOTS ? page.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) : undefined;

async function enterPassword(page: Page): Promise<void> {
  await page.getByLabel('Username').fill('sari');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await press(page, 'Masuk');
}

async function logOut(page: Page): Promise<void> {
  await go(page, 'settings');
  await press(page, 'Keluar');
  await page.getByRole('dialog').getByRole('button', { name: 'Keluar' }).click();
}

test('a person adds a passkey and names it, ends other devices, logs in by it alone and as the second step, and removes it', async () => {
  const elsewhere = await signUp(box.url, 'sari');
  const { page } = await visit(box.browser, url);
  await addAuthenticator(page);
  const chats = page.getByRole('navigation', { name: 'Daftar chat' });
  const dialog = page.getByRole('dialog');
  await enterPassword(page);
  await chats.waitFor();
  await go(page, 'security');
  await press(page, 'Tambah passkey');
  await dialog.getByLabel('Password sekarang').fill(PASSWORD);
  await press(page, 'Lanjut');
  await page.getByRole('heading', { name: 'Simpan kode pemulihan ini' }).waitFor();
  await press(page, 'Sudah kusimpan');
  const offer = page.getByText('1 perangkat lain masuk sebelum itu.');
  await offer.waitFor();
  await page.reload();
  await offer.waitFor();
  await shot(page, 'passkey-added');
  expect((await elsewhere.get('/auth/devices')).status).toBe(200);
  await press(page, 'Keluarkan semuanya');
  await dialog.getByRole('button', { name: 'Pakai passkey' }).click();
  await page.getByText('Semua perangkat lain sudah keluar.').waitFor();
  expect((await elsewhere.get('/auth/devices')).status).toBe(401);
  await page.getByRole('heading', { name: 'Perangkat lain masih masuk' }).waitFor({ state: 'hidden' });

  await page.getByRole('button', { name: /^Ganti nama / }).click();
  await shot(page, 'passkey-rename');
  await dialog.getByLabel('Nama passkey').fill('Laptop ibu');
  await dialog.getByRole('button', { name: 'Ganti nama' }).click();
  await page.getByRole('button', { name: 'Hapus Laptop ibu' }).waitFor();

  await logOut(page);
  await page.getByRole('button', { name: 'Masuk dengan passkey' }).waitFor();
  await shot(page, 'passkey-login');
  await press(page, 'Masuk dengan passkey');
  await chats.waitFor();

  await logOut(page);
  await enterPassword(page);
  await page.getByRole('button', { name: 'Pakai passkey' }).waitFor();
  await shot(page, 'passkey-second');
  await press(page, 'Pakai passkey');
  await chats.waitFor();

  await go(page, 'security');
  await press(page, 'Hapus Laptop ibu');
  await dialog.getByRole('button', { name: 'Hapus' }).click();
  await shot(page, 'passkey-confirm');
  await dialog.getByRole('button', { name: 'Pakai passkey' }).click();
  await page.getByText('Passkey dihapus.').waitFor();
  await page.getByRole('button', { name: /^Hapus / }).waitFor({ state: 'detached' });
  await page.getByText('Belum aktif.').waitFor();
  expect(await page.getByRole('heading', { name: 'Kode pemulihan' }).count()).toBe(0);
});
