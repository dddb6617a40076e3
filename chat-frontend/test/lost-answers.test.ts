import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Device, Invite, NewInviteAnswer } from '../../chat-core/src/wire/wire.ts';
import { logIn, PASSWORD, type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { visit, visitAs } from './support/browser.ts';
import { go, readLink } from './support/page-actions.ts';

const box = openBox();
const NEW_PASSWORD = 'jahe-hangat-malam';
const AWAY = 'Kotak tidak terjangkau.';

/** For the next `times` requests to a path the box acts, and its response never arrives. */
async function loseAnswers(page: Page, path: string, times: number): Promise<void> {
  await page.route(
    `**/api${path}`,
    async (route) => {
      await route.fetch();
      await route.abort();
    },
    { times },
  );
}

async function devicesOf(person: Person): Promise<Device[]> {
  return (await person.get('/auth/devices')).body as Device[];
}

test('a registration by a single-use invite that is repeated because its response was lost succeeds, with the friend added', async () => {
  const sari = await signUp(box.url, 'sari');
  const { code } = (await sari.post('/invites', {})).body as NewInviteAnswer;
  const { page, context } = await visit(box.browser, `${box.url}/#/register?invite=${code}`);
  await page.getByLabel('Username baru').fill('dewi');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  const submit = page.getByRole('button', { name: 'Daftar Sekarang' });
  await loseAnswers(page, '/auth/register', 1);
  await submit.click();
  await page.getByText(AWAY).waitFor();
  await loseAnswers(page, '/auth/login', 1);
  await submit.click();
  await page.getByText(AWAY).waitFor({ state: 'detached' });
  await page.getByText(AWAY).waitFor();
  await submit.click();
  await page.getByRole('navigation', { name: 'Daftar chat' }).getByText('sari').waitFor();
  // The device of the page, and the one of this login.
  expect(await devicesOf(await logIn(box.url, 'dewi'))).toHaveLength(2);
  await context.close();
});

test('a person who changes the password and gets no response stays logged in, and a repeated change reports success', async () => {
  const budi = await signUp(box.url, 'budi');
  const { page, context } = await visitAs(budi, box.browser, box.url);
  await go(page, 'password');
  const change = async (from: string, to: string) => {
    await page.getByLabel('Password sekarang').fill(from);
    await page.getByLabel('Password baru').fill(to);
    await page.getByRole('button', { name: 'Simpan password' }).click();
  };
  const token = () => page.evaluate(() => JSON.parse(localStorage.getItem('bisik.session') ?? '{}').token);
  const done = page.getByText('Password sudah diganti');

  await loseAnswers(page, '/auth/change-password', 1);
  await change(PASSWORD, NEW_PASSWORD);
  await done.waitFor();
  expect(await page.getByText(AWAY).isVisible()).toBe(false);

  const before = await token();
  await loseAnswers(page, '/auth/change-password', 2);
  await change(NEW_PASSWORD, PASSWORD);
  await page.getByText(AWAY).waitFor();
  await expect.poll(token).not.toBe(before);
  await page.getByRole('button', { name: 'Simpan password' }).click();
  await done.waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Ubah password' }).waitFor();
  expect(await devicesOf(await logIn(box.url, 'budi'))).toHaveLength(2);
  await context.close();
});

test('adding a friend or creating an invite that is repeated because its response was lost yields one chat and one invite', async () => {
  const citra = await signUp(box.url, 'citra');
  await signUp(box.url, 'eko');
  const { page, context } = await visitAs(citra, box.browser, box.url);
  await go(page, 'add-friend');
  await loseAnswers(page, '/friends/add', 1);
  await page.getByLabel('Username teman').fill('Eko');
  await page.getByRole('button', { name: 'Tambah', exact: true }).click();
  await page.getByText(AWAY).waitFor();
  await page.getByRole('button', { name: 'Tambah', exact: true }).click();
  await page.getByRole('heading', { name: 'eko' }).waitFor();
  await page.getByLabel('Tulis pesan').waitFor();

  await go(page, 'invites');
  await loseAnswers(page, '/invites', 1);
  await page.getByRole('button', { name: 'Buat tautan' }).click();
  await page.getByText(AWAY).waitFor();
  await page.getByRole('button', { name: 'Buat tautan' }).click();
  const link = await readLink(page, 'Tautan undangan');
  const code = link.split('/').at(-1) ?? '';
  expect((await citra.get('/invites')).body as Invite[]).toHaveLength(1);
  expect((await citra.post('/invites/look', { code })).body).toEqual({ by: 'citra' });
  await context.close();
});
