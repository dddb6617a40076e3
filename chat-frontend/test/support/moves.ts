import type { Locator, Page } from 'playwright-core';
import { PASSWORD } from '../../../chat-core/test/support/person.ts';

/** What people do at the Indonesian page. Each waits until the page shows that it is done. */

export async function register(page: Page, username: string): Promise<void> {
  await page.getByRole('link', { name: 'Daftar di sini' }).click();
  await page.getByLabel('Username baru').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Daftar Sekarang' }).click();
  await page.getByRole('navigation', { name: 'Daftar chat' }).waitFor();
}

export async function logIn(page: Page, username: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Masuk', exact: true }).click();
  await page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor({ state: 'detached' });
}

export async function addFriend(page: Page, username: string): Promise<void> {
  await page.getByRole('link', { name: 'Tambah teman' }).first().click();
  await page.getByLabel('Username teman').fill(username);
  await page.getByRole('button', { name: 'Tambah' }).click();
  await page.getByRole('heading', { name: username }).waitFor();
}

export async function openChat(page: Page, username: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: username }).click();
  await page.getByRole('heading', { name: username }).waitFor();
}

export async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel('Tulis pesan').fill(text);
  await page.getByRole('button', { name: 'Kirim' }).click();
}

/** The row of a message: its bubble, its state and what can be done about it. */
export function row(page: Page, text: string): Locator {
  return page
    .getByRole('listitem')
    .filter({ has: page.getByRole('article').getByText(text, { exact: true }) });
}

export async function seeSent(page: Page, text: string): Promise<void> {
  await page.locator('[data-status="sent"]').getByText(text, { exact: true }).waitFor();
}

/** Goes to a page of the messenger by its address, such as `settings`. */
export async function go(page: Page, route: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/${route}`);
  await page.waitForTimeout(150);
}

/** Turns to the page again, which makes it ask the box at once. */
export async function lookAgain(page: Page): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
}
