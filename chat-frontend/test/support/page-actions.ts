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
    .filter({ has: page.locator('.bubble-text').getByText(text, { exact: true }) });
}

/** A message of one's own that is stored, however far it has come since. */
export async function waitForSent(page: Page, text: string): Promise<void> {
  const stored = ['sent', 'delivered', 'read'].map((state) => `[data-status="${state}"]`);
  await page.locator(stored.join()).getByText(text, { exact: true }).waitFor();
}

/** Somebody's row in the list of chats. */
export function chatRow(page: Page, username: string): Locator {
  return page.getByRole('navigation', { name: 'Daftar chat' }).getByRole('link', { name: username });
}

/** Goes to a page of the messenger by its address, such as `settings`; whoever may not see it is led elsewhere. */
export async function go(page: Page, route: string): Promise<void> {
  await page.evaluate(
    (hash) =>
      new Promise<void>((shown) => {
        if (location.hash === hash) return shown();
        // Asked later than the page itself, this is told later.
        window.addEventListener('hashchange', () => shown(), { once: true });
        location.hash = hash;
      }),
    `#/${route}`,
  );
  await waitForScreen(page);
}

/** Waits until the page has begun, and the part that its screen needs is here. */
export async function waitForScreen(page: Page): Promise<void> {
  await page.locator('#app:has(h1):not(:has([aria-busy=true]))').waitFor();
}

/** Waits until the draft of a message would survive a reload: it is kept a moment after the last key. */
export async function waitForDraftStored(page: Page, text: string): Promise<void> {
  await page.waitForFunction((draft) => JSON.stringify({ ...localStorage }).includes(draft), text);
}

/** Where the poll goes, held or not. */
export const POLL = /\/api\/sync\?/;

/** Tells the page that its network is back: the poll it holds may be dead, and it asks anew. */
export async function pollAgain(page: Page): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
}

/** Opens the menu of a message by its button and chooses. */
export async function chooseFromMenu(page: Page, text: string, choice: string): Promise<void> {
  await row(page, text).getByRole('button', { name: 'Pilihan pesan' }).click();
  await page.getByRole('menuitem', { name: choice }).click();
}

/** What is said in passing stands for five seconds only: it is looked for before it is said. */
export async function waitForToast(page: Page, text: string, act: () => Promise<unknown>): Promise<void> {
  await Promise.all([page.getByText(text).waitFor(), act()]);
}

/** Agrees to what a dialog asks. */
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

/** Waits until keys, pastes, drops and ways back are heard in the whole page: that part comes last. */
export async function waitForPageInput(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const drag = new DragEvent('dragover', {
      bubbles: true,
      cancelable: true,
      dataTransfer: new DataTransfer(),
    });
    document.body.dispatchEvent(drag);
    return drag.defaultPrevented;
  });
}
