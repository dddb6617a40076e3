import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { PASSWORD, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { visit, visitAs } from './support/browser.ts';
import { chatRow, go, openChat, readLink, row, waitForSent, write } from './support/page-actions.ts';

const box = openBox();

async function makeLink(page: Page, people: string): Promise<string> {
  await go(page, 'invites');
  await page.getByLabel('Bisa dipakai').selectOption(people);
  await page.getByRole('button', { name: 'Buat tautan' }).click();
  await page.getByLabel('Tautan undangan').waitFor();
  return readLink(page, 'Tautan undangan');
}

test('an invite link leads a new person and a member to the first chat in three screens', async () => {
  const sari = await visitAs(await signUp(box.url, 'sari'), box.browser, box.url);
  const link = await makeLink(sari.page, '5 orang');

  const newcomer = await visit(box.browser, link);
  await newcomer.page.getByText('sari mengundangmu mengobrol di Bisik.').waitFor();
  await newcomer.page.getByRole('link', { name: 'Buat Akun Baru' }).click();
  await newcomer.page.getByLabel('Username baru').fill('dewi');
  await newcomer.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await newcomer.page.getByRole('button', { name: 'Daftar Sekarang' }).click();
  await openChat(newcomer.page, 'sari');
  await write(newcomer.page, 'halo, aku sudah di sini');
  await waitForSent(newcomer.page, 'halo, aku sudah di sini');
  await openChat(sari.page, 'dewi');
  await row(sari.page, 'halo, aku sudah di sini').waitFor();

  const eko = await signUp(box.url, 'eko');
  const member = await visitAs(eko, box.browser, box.url);
  await go(member.page, new URL(link).hash.replace('#/', ''));
  await member.page.getByRole('button', { name: 'Terima dan berteman' }).click();
  await member.page.getByRole('heading', { name: 'sari' }).waitFor();
  await chatRow(sari.page, 'eko').waitFor();
  await go(sari.page, 'invites');
  await sari.page.getByText('2 dari 5 terpakai').waitFor();
  // The box does not return the link again; the page still has it.
  expect(await sari.page.getByLabel('Tautan undangan').inputValue()).toBe(link);
  expect([...sari.faults, ...newcomer.faults, ...member.faults]).toEqual([]);
});

test('a revoked invite link is refused with a message that says so', async () => {
  const { page } = await visitAs(await signUp(box.url, 'fajar'), box.browser, box.url);
  const link = await makeLink(page, '1 orang');
  await page.getByRole('button', { name: 'Cabut' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cabut' }).click();
  await page.getByText('Belum ada undangan yang terbuka.').waitFor();
  const newcomer = await visit(box.browser, link);
  await newcomer.page.getByText('Undangan ini sudah dipakai, dicabut').waitFor();
});

test('a box with registration by invite asks for the code and accepts the whole link', async () => {
  const { page } = await visit(box.browser, box.url);
  await page.route('**/api/box', (route) =>
    route.fulfill({ json: { registration: 'invite', friendship: 'instant', editMs: 900_000 } }),
  );
  let sent = '';
  await page.route('**/api/auth/register', (route) => {
    sent = route.request().postData() ?? '';
    return route.fulfill({ status: 404, json: { error: '…', code: 'INVITE_INVALID' } });
  });
  await page.reload();
  await go(page, 'register');
  await page.getByText('Kotak ini menerima anggota baru lewat undangan.').waitFor();
  await page.getByLabel('Username baru').fill('gita');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Daftar Sekarang' }).click();
  await page.getByText('Isi dulu bagian ini.').waitFor();
  await page.getByLabel('Kode undangan').fill(' https://chat.example.org/#/invite/Zx8k-Q2_m ');
  await page.getByRole('button', { name: 'Daftar Sekarang' }).click();
  await page.getByText('Undangan ini sudah dipakai, dicabut').waitFor();
  expect(JSON.parse(sent)).toMatchObject({ inviteCode: 'Zx8k-Q2_m', username: 'gita' });
});

test('a box with closed registration says so instead of showing a form', async () => {
  const { page } = await visit(box.browser, box.url);
  await page.route('**/api/box', (route) =>
    route.fulfill({ json: { registration: 'closed', friendship: 'instant', editMs: 900_000 } }),
  );
  await page.reload();
  await go(page, 'register');
  await page.getByText('Kotak ini tidak menerima akun baru.').waitFor();
  expect(await page.getByLabel('Username baru').isVisible()).toBe(false);
});

test('the reset screen says whom to ask for a code, and a wrong code is reported at its field', async () => {
  await signUp(box.url, 'hana');
  const { page } = await visit(box.browser, box.url);
  await page.getByRole('link', { name: 'Lupa password?' }).click();
  await page.getByText('Minta kode kepada pemilik kotak.').waitFor();
  await page.getByLabel('Username').fill('hana');
  await page.getByLabel('Kode dari pemilik kotak').fill('AAAA-BBBB-CCCC');
  await page.getByLabel('Password baru').fill('teh-poci-senja');
  await page.getByRole('button', { name: 'Ganti password' }).click();
  await page.getByText('Kode ini salah, sudah dipakai, atau terlalu lama.').waitFor();
  expect(await page.getByLabel('Kode dari pemilik kotak').getAttribute('aria-invalid')).toBe('true');
});

test('the link of a reset code fills the code in, also after a reload', async () => {
  const { page } = await visit(box.browser, `${box.url}/#/reset?code=7ZK4-Q0WD-AAAA`);
  await expect.poll(() => page.getByLabel('Kode dari pemilik kotak').inputValue()).toBe('7ZK4-Q0WD-AAAA');
  await page.reload();
  await expect.poll(() => page.getByLabel('Kode dari pemilik kotak').inputValue()).toBe('7ZK4-Q0WD-AAAA');
});
