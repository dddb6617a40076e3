import { expect, test } from 'vitest';
import { PASSWORD, post } from '../../chat-core/test/support/person.ts';
import { codeOf } from '../../chat-core/test/support/totp-code.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, visit } from './support/browser.ts';
import { freePort } from './support/free-port.ts';
import { go } from './support/page-actions.ts';
import { addAuthenticator } from './support/virtual-authenticator.ts';

const port = await freePort();
const url = `http://localhost:${port}`;
const box = openBox({ PORT: String(port), PUBLIC_URL: url, SECOND_FACTOR: 'required' });

test('on a box that requires a second factor a new person sets up a passkey before the first chat, and keeps the last one', async () => {
  const { page, context } = await visit(box.browser, url, DESKTOP);
  await addAuthenticator(page);
  await page.getByRole('link', { name: 'Daftar di sini' }).click();
  await page.getByLabel('Username baru').fill('sari');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Daftar Sekarang' }).click();
  await page.getByText('Kotak ini meminta langkah kedua').waitFor();
  await page.getByRole('button', { name: /^Passkey/ }).click();
  await page.getByRole('heading', { name: 'Simpan kode pemulihan ini' }).waitFor();
  await page.getByRole('button', { name: 'Sudah kusimpan' }).click();
  await page.getByRole('navigation', { name: 'Daftar chat' }).waitFor();
  await go(page, 'security');
  await page.getByRole('button', { name: 'Ganti nama Passkey' }).waitFor();
  expect(await page.getByRole('button', { name: 'Hapus Passkey' }).count()).toBe(0);
  await context.close();
});

test('a person who has no second factor yet sets up an app at the login, after going back and after a reload, and stays logged in', async () => {
  await post(`${url}/auth/register`, { username: 'budi', password: PASSWORD });
  const { page, context } = await visit(box.browser, url, DESKTOP);
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  await press('English');
  const logIn = async () => {
    await page.getByLabel('Username').fill('budi');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await press('Log in');
    await page.getByText('This box asks every account for a second step.').waitFor();
  };
  await logIn();
  await press('Cancel');
  await logIn();
  // Nothing of the session is stored before it is set up.
  await page.reload();
  await logIn();
  await press('Authenticator app');
  const secret = ((await page.locator('.totp-key').textContent()) ?? '').replaceAll(' ', '');
  await page.getByLabel('Code that the app shows').fill(codeOf(secret, Date.now()));
  await press('Turn on');
  await press('I have saved them');
  await page.getByRole('navigation', { name: 'Chats' }).waitFor();
  await page.reload();
  await page.getByRole('navigation', { name: 'Chats' }).waitFor();
  await go(page, 'security');
  await page.getByRole('button', { name: 'Move to another phone' }).waitFor();
  expect(await page.getByRole('button', { name: 'Turn off' }).count()).toBe(0);
  await context.close();
});
