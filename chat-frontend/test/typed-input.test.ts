import type { Page, Route } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { PASSWORD, type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { visit, visitAs } from './support/browser.ts';
import { go } from './support/page-actions.ts';

const box = openBox();
let sari: Person;

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  await signUp(box.url, 'budi');
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
});

/** Holds the scripts of English back until the function that is returned is called. */
async function holdEnglish(page: Page): Promise<() => Promise<void>> {
  const held: Route[] = [];
  let isHeld = true;
  await page.route(/\/assets\/en-/, async (route) => {
    if (isHeld) held.push(route);
    else await route.continue();
  });
  return async () => {
    await expect.poll(() => held.length).toBeGreaterThan(0);
    isHeld = false;
    for (const route of held) await route.continue();
  };
}

test('what is typed at the login while another language is loaded stays, with the password, the focus and the caret', async () => {
  const { page, faults } = await visit(box.browser, box.url);
  const username = page.getByLabel('Username');
  const password = page.getByLabel('Password', { exact: true });
  await username.waitFor();
  const release = await holdEnglish(page);
  await page.getByRole('button', { name: 'English' }).click();
  await username.fill('sari');
  await password.fill(PASSWORD);
  await password.evaluate((input: HTMLInputElement) => input.setSelectionRange(3, 5));
  await release();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  expect([await username.inputValue(), await password.inputValue()]).toEqual(['sari', PASSWORD]);
  expect(
    await password.evaluate((input: HTMLInputElement) => [
      input === document.activeElement,
      input.selectionStart,
      input.selectionEnd,
    ]),
  ).toEqual([true, 3, 5]);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: 'Chats' }).waitFor();
  expect(faults).toEqual([]);
});

test('a login that is sent while another language is loaded succeeds, and the page is then in that language', async () => {
  const { page, faults } = await visit(box.browser, box.url);
  await page.getByLabel('Username').fill('sari');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  const logins: Route[] = [];
  await page.route('**/auth/login', (route) => void logins.push(route));
  const release = await holdEnglish(page);
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Masuk', exact: true }).click();
  await expect.poll(() => logins.length).toBe(1);
  const loaded = page.waitForResponse(/\/assets\/en-/);
  await release();
  await loaded;
  await logins[0]?.continue();
  await page.getByRole('navigation', { name: 'Chats' }).waitFor();
  expect(faults).toEqual([]);
});

test('a search that was typed stays when the language is changed in the settings, and so does the focus', async () => {
  const { page, faults } = await visitAs(sari, box.browser, box.url);
  await page.getByRole('link', { name: 'budi' }).waitFor();
  await page.getByLabel('Cari chat').fill('bud');
  await go(page, 'settings');
  await page.getByRole('radio', { name: 'English' }).check();
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  expect(await page.locator('.chats-search').inputValue()).toBe('bud');
  await page.getByRole('radio', { name: 'English' }).and(page.locator(':focus')).waitFor();
  expect(faults).toEqual([]);
});

test('the username that was typed at the login is in the form of a new password', async () => {
  const { page } = await visit(box.browser, box.url);
  await page.getByLabel('Username').fill('sari');
  await page.getByRole('link', { name: 'Lupa password?' }).click();
  await page.getByLabel('Kode dari pemilik kotak').waitFor();
  expect(await page.getByLabel('Username').inputValue()).toBe('sari');
});
