import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { PASSWORD } from '../../../chat-core/test/support/person.ts';

/** Actions of people on the Indonesian page. Each waits until the page shows the result. */

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

/** The row of a message: its bubble, its state and its buttons. */
export function row(page: Page, text: string): Locator {
  return page
    .getByRole('listitem')
    .filter({ has: page.locator('.bubble-text').getByText(text, { exact: true }) });
}

/** Waits until an own message is stored on the box, whether or not it is delivered or read already. */
export async function waitForSent(page: Page, text: string): Promise<void> {
  const stored = ['sent', 'delivered', 'read'].map((state) => `[data-status="${state}"]`);
  await page.locator(stored.join()).getByText(text, { exact: true }).waitFor();
}

/** The row of a person in the chat list. */
export function chatRow(page: Page, username: string): Locator {
  return page.getByRole('navigation', { name: 'Daftar chat' }).getByRole('link', { name: username });
}

/** Opens a route of the page, such as `settings`. The page may redirect to another one. */
export async function go(page: Page, route: string): Promise<void> {
  await page.evaluate(
    (hash) =>
      new Promise<void>((shown) => {
        if (location.hash === hash) return shown();
        // Registered after the page's own listener, this one runs after it.
        window.addEventListener('hashchange', () => shown(), { once: true });
        location.hash = hash;
      }),
    `#/${route}`,
  );
  await waitForScreen(page);
}

/** Waits until the page has started and the module of its screen is loaded. */
export async function waitForScreen(page: Page): Promise<void> {
  await page.locator('#app:has(h1):not(:has([aria-busy=true]))').waitFor();
}

/** Waits until the draft would survive a reload: it is stored a moment after the last key. */
export async function waitForDraftStored(page: Page, text: string): Promise<void> {
  await page.waitForFunction((draft) => JSON.stringify({ ...localStorage }).includes(draft), text);
}

/** The URL of a poll, held or not. */
export const POLL = /\/api\/sync\?/;

/** Makes the page poll again: after an `online` event it no longer trusts the poll it holds. */
export async function pollAgain(page: Page): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
}

/** Opens the menu of a message by its button and chooses an item. */
export async function chooseFromMenu(page: Page, text: string, choice: string): Promise<void> {
  await row(page, text).getByRole('button', { name: 'Pilihan pesan' }).press('Enter');
  await page.getByRole('menuitem', { name: choice }).click();
}

/** Performs an action and sees its toast. A toast stands for five seconds only, so the wait begins before the action. */
export async function waitForToast(page: Page, text: string, act: () => Promise<unknown>): Promise<void> {
  await Promise.all([page.getByText(text).waitFor(), act()]);
}

/** Presses a button of the open dialog and waits until the dialog is gone. */
export async function confirmDialog(page: Page, choice: string): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: choice, exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** Waits until long presses and swipes work: their module is loaded after the messages. */
export async function waitForTouchInput(page: Page): Promise<void> {
  const findModule =
    "performance.getEntriesByType('resource').find(({ name }) => name.includes('/touch.lazy-'))";
  await page.waitForFunction(findModule);
  await page.evaluate(`import(${findModule}.name).then(() => undefined)`);
}

/** Waits until the page handles shortcuts and back links, which a link to the open page shows: that module is loaded last. */
export async function waitForPageInput(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    let isHandled = false;
    const onClick = (event: Event) => {
      isHandled = event.defaultPrevented;
      event.preventDefault();
    };
    window.addEventListener('click', onClick, { once: true });
    const link = Object.assign(document.createElement('a'), { href: location.hash });
    document.body.append(link);
    link.click();
    link.remove();
    return isHandled;
  });
}

/** The link that the page shows under a label, once there is one: its field is in the page before the link. */
export async function readLink(page: Page, label: string): Promise<string> {
  const field = page.getByLabel(label);
  await expect.poll(() => field.inputValue()).not.toBe('');
  return field.inputValue();
}
