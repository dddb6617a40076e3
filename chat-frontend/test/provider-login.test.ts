import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startProvider, type TestProvider } from '../../chat-core/test/support/oidc.ts';
import { type Pair, startPair } from '../../chat-core/test/support/pair.ts';
import { PASSWORD, signUp } from '../../chat-core/test/support/person.ts';
import { openBrowser, visit, visitAs } from './support/browser.ts';
import { freePort } from './support/free-port.ts';
import { go } from './support/page-actions.ts';

let pair: Pair;
let provider: TestProvider;
let browser: Browser;

beforeAll(async () => {
  // The provider has to know the address of the box before that starts.
  const port = await freePort();
  provider = await startProvider(`http://127.0.0.1:${port}`);
  const env = { FRONTEND_DIR: inject('pageDir'), CHEAP_HASHING: 'yes', PORT: String(port) };
  pair = await startPair({ ...env, ...provider.env });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await pair?.stop();
  await provider?.stop();
});

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const chats = (page: Page, name = 'Daftar chat') => page.getByRole('navigation', { name }).waitFor();
const shot = (page: Page, name: string) =>
  process.env.SHOTS ? page.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) : undefined;

test('a person makes an account with the one of a provider, comes back in another browser, proves who they are there without a password, and sets one', async () => {
  provider.person = 'kartini';
  const first = await visit(browser, pair.url);
  const { page } = first;
  await page.getByRole('button', { name: 'Masuk dengan Sekolah' }).waitFor();
  await shot(page, 'login-id');
  await press(page, 'Masuk dengan Sekolah');
  await page.getByLabel('Username baru').waitFor();
  await shot(page, 'new-account');
  expect(page.url()).not.toMatch(/oidc/);
  expect(await page.getByText('tidak bisa menyimpan').count()).toBe(0);
  await page.getByLabel('Username baru').fill('tini');
  await press(page, 'Daftar Sekarang');
  await chats(page);
  expect(await page.evaluate(() => sessionStorage.getItem('provider-login'))).toBeNull();
  await first.context.close();

  const second = await visit(browser, pair.url);
  await press(second.page, 'English');
  await press(second.page, 'Log in with Sekolah');
  await chats(second.page, 'Chats');
  await go(second.page, 'security');
  await second.page.getByText('has no password yet').waitFor();
  await shot(second.page, 'security-en');
  await press(second.page, 'Turn on');
  const dialog = second.page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Confirm with Sekolah' }).waitFor();
  expect(await dialog.locator('input[type=password]').count()).toBe(0);
  await shot(second.page, 'confirm-no-password');
  await press(second.page, 'Confirm with Sekolah');
  await second.page.getByText('Confirmed, it is you.').waitFor();
  await press(second.page, 'Turn on');
  await second.page.getByRole('img', { name: /QR code/ }).waitFor();
  await press(second.page, 'Cancel');
  await press(second.page, 'Set a password');
  await second.page.getByLabel('New password').fill(PASSWORD);
  await shot(second.page, 'set-password');
  await press(second.page, 'Set a password');
  await second.page.getByText('The password is set.').waitFor();
  await second.context.close();

  const third = await visit(browser, pair.url);
  await third.page.getByLabel('Username').fill('tini');
  await third.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await press(third.page, 'Masuk');
  await chats(third.page);
  await third.context.close();
});

test('a person links an account, a code in another browser is refused there, and the link ends', async () => {
  provider.person = 'sari-sekolah';
  const sari = await signUp(pair.url, 'sari');
  const { page, context } = await visitAs(sari, browser, pair.url);
  await go(page, 'security');
  await press(page, 'Hubungkan');
  await page.getByRole('dialog').getByLabel('Password sekarang').fill(PASSWORD);
  await press(page, 'Lanjut');
  await page.getByText('Akunmu terhubung.').waitFor();

  const thief = await visit(browser, pair.url);
  const returned = thief.page.waitForRequest(/\/auth\/oidc\/callback/);
  await press(thief.page, 'Masuk dengan Sekolah');
  const callback = (await returned).url();
  await chats(thief.page);
  const victim = await visit(browser, pair.url);
  await victim.page.goto(callback);
  await victim.page.getByText('tidak cocok dengan browser ini').waitFor();
  await shot(victim.page, 'refused');
  await victim.page.getByRole('link', { name: 'Masuk' }).click();
  await victim.page.getByLabel('Username').waitFor();

  await go(page, 'security');
  await press(page, 'Putuskan');
  await page.getByRole('dialog').getByLabel('Password sekarang').fill(PASSWORD);
  await press(page, 'Lanjut');
  await page.getByText('Belum terhubung.').waitFor();
  for (const one of [context, thief.context, victim.context]) await one.close();
});
