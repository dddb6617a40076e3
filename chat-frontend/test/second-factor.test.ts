import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { PASSWORD, signUp } from '../../chat-core/test/support/person.ts';
import { codeOf } from '../../chat-core/test/support/totp-code.ts';
import { openBox } from './support/box.ts';
import { visit, visitAs } from './support/browser.ts';
import { go } from './support/page-actions.ts';

const box = openBox();

const NEW_PASSWORD = 'jahe-hangat-malam';
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/** Types the password, and a second factor, into the dialog that asks before a change. */
async function confirmIdentity(page: Page, secondFactor?: string, password = PASSWORD): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Password sekarang').fill(password);
  if (secondFactor) await dialog.getByLabel('Kode dari aplikasi, atau kode pemulihan').fill(secondFactor);
  await dialog.getByRole('button', { name: 'Lanjut' }).click();
}

async function enterPassword(page: Page, password = PASSWORD): Promise<void> {
  await page.getByLabel('Username').fill('sari');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await press(page, 'Masuk');
}

test('a person turns on a second step with an authenticator app, logs in with its code and with a recovery code, and turns it off', async () => {
  const sari = await signUp(box.url, 'sari');
  const { page, faults } = await visitAs(sari, box.browser, box.url);
  await go(page, 'settings');
  await page.getByRole('link', { name: 'Keamanan akun' }).click();
  await press(page, 'Aktifkan');
  await page.getByRole('dialog').getByLabel('Password sekarang').fill('bukan-yang-ini');
  await press(page, 'Lanjut');
  await page.getByText('Password sekarang salah.').waitFor();
  await confirmIdentity(page);

  await page.getByRole('img', { name: /^Kode QR/ }).waitFor();
  const secret = ((await page.locator('.totp-key').textContent()) ?? '').replaceAll(' ', '');
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  const link = await page.getByRole('link', { name: 'Buka di aplikasi' }).getAttribute('href');
  expect(link).toContain(`secret=${secret}`);
  await page.getByLabel('Kode yang ditunjukkan aplikasi').fill('12345');
  await press(page, 'Aktifkan');
  await page.getByText('Kodenya enam angka.').waitFor();
  await page.getByLabel('Kode yang ditunjukkan aplikasi').fill(codeOf(secret, Date.now()));
  await press(page, 'Aktifkan');
  await page.getByRole('heading', { name: 'Simpan kode pemulihan ini' }).waitFor();
  const codes = await page.locator('.recovery-codes li').allTextContents();
  expect(new Set(codes).size).toBe(10);
  await press(page, 'Sudah kusimpan');
  await page.getByText('Tersisa 10 kode.').waitFor();

  // Another device: the password, then the next code of the app.
  const second = await visit(box.browser, box.url);
  await enterPassword(second.page);
  const code = second.page.getByLabel('Kode dari aplikasi autentikator');
  await code.fill('000000');
  await press(second.page, 'Masuk');
  await second.page.getByText('Kode ini salah').waitFor();
  await code.fill(codeOf(secret, Date.now(), 1));
  await press(second.page, 'Masuk');
  await second.page.getByRole('navigation', { name: 'Daftar chat' }).waitFor();

  const third = await visit(box.browser, box.url);
  await enterPassword(third.page);
  await press(third.page, 'Pakai kode pemulihan');
  await third.page.getByLabel('Kode pemulihan').fill(codes[0]?.toLowerCase() ?? '');
  await press(third.page, 'Masuk');
  await third.page.getByRole('navigation', { name: 'Daftar chat' }).waitFor();

  // Another password needs the second factor too.
  await go(third.page, 'password');
  await third.page.getByLabel('Password sekarang').fill(PASSWORD);
  await third.page.getByLabel('Password baru').fill(NEW_PASSWORD);
  await press(third.page, 'Simpan password');
  await confirmIdentity(third.page, codes[1]);
  await third.page.getByText('Password sudah diganti.').waitFor();

  await go(third.page, 'security');
  await third.page.getByText('Tersisa 8 kode.').waitFor();
  await press(third.page, 'Matikan');
  await confirmIdentity(third.page, codes[2], NEW_PASSWORD);
  await third.page.getByText('Belum aktif.').waitFor();
  await second.context.close();
  const last = await visit(box.browser, box.url);
  await enterPassword(last.page, NEW_PASSWORD);
  await last.page.getByRole('navigation', { name: 'Daftar chat' }).waitFor();
  // The browser reports each refusal of the server that was provoked above.
  const all = [faults, third.faults, last.faults].flat();
  expect(all.filter((fault) => !fault.startsWith('Failed to load resource'))).toEqual([]);
});
