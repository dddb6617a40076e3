import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { PASSWORD, type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { visit, visitAs } from './support/browser.ts';
import { ownerCodeIn } from './support/owner-answers.ts';
import {
  confirmDialog,
  go,
  logIn,
  openChat,
  waitForSent,
  waitForToast,
  write,
} from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let budi: Person;

const NEW_PASSWORD = 'jahe-hangat-malam';
const CANARY = 'kenari rahasia di chat';
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

const ownerCode = () => ownerCodeIn(box.pair.core().log());

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  budi = await signUp(box.url, 'budi');
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
});

/** Makes Sari the owner, unless an earlier test has. */
async function becomeOwner(): Promise<void> {
  await sari.post('/owner/claim', { code: ownerCode() });
}

async function openPerson(page: Page, username: string): Promise<void> {
  await go(page, 'owner/people');
  await page.getByRole('link', { name: username }).last().click();
  await page.getByText(`@${username}`, { exact: true }).waitFor();
}

test('the first owner enters the code of the box under settings, sees that the box is well, and the entry of others goes', async () => {
  const { page, faults } = await visitAs(sari, box.browser, box.url);
  await go(page, 'settings');
  await page.getByRole('link', { name: 'Kelola kotak' }).click();
  await page.getByLabel('Kode pemilik').fill('0000-0000-0000');
  await press(page, 'Jadi pemilik');
  await page.locator('.field-error:not(:empty)').waitFor();
  await page.getByLabel('Kode pemilik').fill(ownerCode());
  await waitForToast(page, 'Kotak ini sekarang milikmu.', () => press(page, 'Jadi pemilik'));
  await page.getByRole('link', { name: /^Orang/ }).waitFor();
  await page.getByText('tidak bisa kamu baca di sini').waitFor();
  await page
    .getByText(/kosong dari/)
    .first()
    .waitFor();
  await page.reload();
  await page.getByRole('link', { name: /^Orang/ }).waitFor();

  const other = await visitAs(budi, box.browser, box.url);
  await go(other.page, 'settings');
  await other.page.getByText('perangkat ini').waitFor();
  expect(await other.page.getByRole('link', { name: 'Kelola kotak' }).count()).toBe(0);
  await go(other.page, 'owner/people');
  await other.page.getByRole('heading', { name: 'Jadikan kotak ini milikmu' }).waitFor();
  const isRefusal = (fault: string) => fault.startsWith('Failed to load resource');
  expect([...faults, ...other.faults].filter((fault) => !isRefusal(fault))).toEqual([]);
});

test('a suspended person is logged out and cannot log in, and an undo lets them in again', async () => {
  await becomeOwner();
  await sari.patch(`/owner/people/${budi.id}`, { suspended: false });
  const { page } = await visitAs(sari, box.browser, box.url);
  await openChat(page, 'budi');
  await write(page, CANARY);
  await waitForSent(page, CANARY);
  const victim = await visit(box.browser, box.url);
  await logIn(victim.page, 'budi');
  await openPerson(page, 'budi');
  await waitForToast(page, 'budi ditangguhkan.', () =>
    page.getByRole('button', { name: /^Tangguhkan/ }).click(),
  );
  await page.locator('.badge').getByText('Ditangguhkan').waitFor();
  await victim.page.getByText('Sesi berakhir.').waitFor();
  await victim.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await victim.page.getByLabel('Username').fill('budi');
  await press(victim.page, 'Masuk');
  await victim.page
    .locator('.form-error:not(:empty)')
    .getByText('ACCOUNT_SUSPENDED')
    .waitFor({ state: 'attached' });

  await waitForToast(page, 'budi aktif lagi.', () =>
    page.getByRole('button', { name: /^Aktifkan lagi/ }).click(),
  );
  await waitForToast(page, 'Dikembalikan.', () => press(page, 'Urungkan'));
  await page.locator('.badge').getByText('Ditangguhkan').waitFor();
  await page.getByRole('button', { name: /^Aktifkan lagi/ }).click();
  await page.locator('.badge').getByText('Ditangguhkan').waitFor({ state: 'detached' });
  await press(victim.page, 'Masuk');
  await victim.page.getByRole('navigation', { name: 'Daftar chat' }).waitFor();
  await victim.page.getByRole('link', { name: 'sari' }).first().click();
  await victim.page.getByText(CANARY).first().waitFor();
});

test('a person who forgot the password sets a new one with the code that the owner made', async () => {
  await becomeOwner();
  const { page } = await visitAs(sari, box.browser, box.url);
  await openPerson(page, 'budi');
  await page.getByRole('button', { name: /^Buat kode reset/ }).click();
  const shown = page.getByRole('dialog').locator('output');
  await shown.waitFor();
  const code = (await shown.textContent()) ?? '';
  expect(code).toMatch(/^\w{4}(-\w{2,4})+$/);
  await page
    .getByRole('dialog')
    .getByText(/Berlaku sampai/)
    .waitFor();

  const victim = await visit(box.browser, box.url);
  await victim.page.getByRole('link', { name: 'Lupa password?' }).click();
  await victim.page.getByLabel('Username').fill('budi');
  await victim.page.getByLabel('Kode dari pemilik kotak').fill(code);
  await victim.page.getByLabel('Password baru').fill(NEW_PASSWORD);
  await victim.page.locator('button[type=submit]').click();
  await victim.page.getByRole('navigation', { name: 'Daftar chat' }).waitFor();
});

test('a setting of the box applies at once, and can be undone and given back to the environment', async () => {
  await becomeOwner();
  const { page } = await visitAs(sari, box.browser, box.url);
  await go(page, 'owner/settings');
  const registration = page.getByRole('combobox', { name: 'Yang boleh mendaftar' });
  const allowed = async () => {
    const response = await fetch(`${box.url}/box`);
    return ((await response.json()) as { registration: string }).registration;
  };
  expect(await allowed()).toBe('open');
  await waitForToast(page, 'Pengaturan diubah.', () => registration.selectOption('closed'));
  // The toast with the undo stands for five seconds only.
  await waitForToast(page, 'Dikembalikan.', () => press(page, 'Urungkan'));
  expect(await allowed()).toBe('open');

  await registration.selectOption('closed');
  await expect.poll(allowed).toBe('closed');
  const visitor = await visit(box.browser, box.url);
  await visitor.page.goto(`${box.url}/#/register`);
  await visitor.page.getByText('Kotak ini tidak menerima akun baru').waitFor();
  await press(page, 'Ikuti .env lagi: Yang boleh mendaftar');
  await expect.poll(allowed).toBe('open');
  await expect.poll(() => registration.inputValue()).toBe('open');
});

test('a report is shown with its reason, is cleared, and the audit log names who did what', async () => {
  await becomeOwner();
  const wati = await signUp(box.url, 'wati');
  await wati.post('/friends/report', { userId: budi.id, reason: 'spam' });
  const { page } = await visitAs(sari, box.browser, box.url);
  await go(page, 'owner');
  await page.getByText('1 laporan').waitFor();
  await page.getByRole('link', { name: /^Laporan/ }).click();
  await page.getByText('Spam atau iklan').waitFor();
  await page.getByText(/oleh wati/).waitFor();
  await press(page, 'Selesai');
  await confirmDialog(page, 'Hapus laporan');
  await page.getByText('Tidak ada laporan.').waitFor();

  await go(page, 'owner/audit');
  await page.getByText('sari menghapus laporan tentang budi').first().waitFor();
  await page.getByText('Kotak mulai berjalan').first().waitFor();
  expect(await page.locator('.owner').getByText(CANARY).count()).toBe(0);
});

test('making another owner asks for the password first, and that person then has the pages too', async () => {
  await becomeOwner();
  const dewi = await signUp(box.url, 'dewi');
  const { page } = await visitAs(sari, box.browser, box.url);
  const other = await visitAs(dewi, box.browser, box.url);
  await go(other.page, 'settings');
  await openPerson(page, 'dewi');
  await press(page, 'Jadikan pemilik');
  await page.getByRole('dialog').getByRole('button', { name: 'Jadikan pemilik' }).click();
  await page.getByRole('dialog').getByLabel('Password sekarang').fill(PASSWORD);
  await waitForToast(page, 'dewi sekarang pemilik kotak.', () => press(page, 'Lanjut'));
  await page.locator('.badge').getByText('Pemilik').waitFor();
  await other.page.getByRole('link', { name: 'Kelola kotak' }).click();
  await other.page.getByRole('link', { name: /^Orang/ }).waitFor();
});

test('a person is deleted after a confirmation and the password, and is not in the list any more', async () => {
  await becomeOwner();
  const rudi = await signUp(box.url, 'rudi');
  const { page } = await visitAs(sari, box.browser, box.url);
  await openPerson(page, 'rudi');
  await press(page, 'Hapus akun');
  await page.getByRole('dialog').getByRole('button', { name: 'Hapus akun' }).click();
  await page.getByRole('dialog').getByLabel('Password sekarang').fill(PASSWORD);
  await waitForToast(page, 'Akun rudi dihapus.', () => press(page, 'Lanjut'));
  await page.getByRole('heading', { name: 'Orang', exact: true }).waitFor();
  await page
    .getByText('@sari', { exact: false })
    .or(page.getByText('kamu', { exact: true }))
    .first()
    .waitFor();
  expect(await page.locator('.owner').getByText('rudi').count()).toBe(0);
  expect((await rudi.get('/auth/devices')).status).toBe(401);
});
