import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { PHONE, visitAs } from './support/browser.ts';
import { chatRow, row, waitForSent } from './support/page-actions.ts';

const box = openBox();
let sari: Person;
const friends: Record<string, Person> = {};

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  for (const name of ['anton', 'budi', 'citra']) await befriend(name);
});

async function befriend(name: string): Promise<void> {
  friends[name] = await signUp(box.url, name);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: name });
  await write(name, `halo dari ${name}`);
}

const write = (name: string, message: string) =>
  friends[name]?.post('/chat/send', { senderId: friends[name]?.id, receiverId: sari.id, message });

/** The label or the class of the focused element. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement: focusedElement } = document;
    return focusedElement?.getAttribute('aria-label') ?? focusedElement?.className ?? '';
  });
const seeFocus = (page: Page, on: string) => expect.poll(() => focused(page)).toBe(on);
const seeChat = (page: Page, name: string) =>
  page.locator('.conversation').getByRole('heading', { name }).waitFor();

/** Waits until the module with the shortcuts is loaded: `?` opens their list. */
async function openShortcutList(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Pintasan papan ketik' });
  await expect
    .poll(async () => {
      if (!(await dialog.isVisible())) await page.keyboard.press('?');
      return dialog.isVisible();
    })
    .toBe(true);
}

test('every listed shortcut has its effect', async () => {
  const { page, faults } = await visitAs(sari, box.browser, box.url);
  const { keyboard } = page;
  await chatRow(page, 'citra').waitFor();
  await openShortcutList(page);
  for (const words of ['Cari chat & pesan', 'Tandai semua sudah dibaca', 'Hapus…', 'Baris baru']) {
    await page.getByRole('dialog').getByText(words, { exact: true }).waitFor();
  }
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  // Newest first: citra, budi, anton.
  await keyboard.press('Alt+ArrowDown');
  await seeChat(page, 'citra');
  await seeFocus(page, 'Tulis pesan');
  await keyboard.press('Alt+ArrowDown');
  await seeChat(page, 'budi');
  await keyboard.press('Alt+ArrowUp');
  await seeChat(page, 'citra');
  await keyboard.press('Alt+ArrowUp');
  await seeChat(page, 'anton');
  await write('budi', 'lagi');
  await chatRow(page, 'budi').getByText('lagi').waitFor();
  await keyboard.press('Alt+a');
  await seeChat(page, 'budi');

  await row(page, 'lagi').waitFor();
  await seeFocus(page, 'Tulis pesan');
  await keyboard.press('Shift+F6');
  await seeFocus(page, 'Pilihan pesan');
  await keyboard.press('F6');
  await seeFocus(page, 'Tulis pesan');
  await keyboard.press('F6');
  await page.locator('.chat-link[aria-current]:focus').waitFor();
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowUp');
  await page.locator('.chat-link[aria-current]:focus').waitFor();

  await keyboard.press('Control+k');
  await seeFocus(page, 'Cari chat & pesan');
  await keyboard.type('ant');
  await keyboard.press('ArrowDown');
  await chatRow(page, 'anton').and(page.locator(':focus')).waitFor();
  await keyboard.press('ArrowUp');
  await seeFocus(page, 'Cari chat & pesan');
  await keyboard.press('Enter');
  await seeChat(page, 'anton');

  // In the composer single keys are text.
  await seeFocus(page, 'Tulis pesan');
  await keyboard.type('apa / siapa?');
  await keyboard.press('Shift+Enter');
  await keyboard.type('aku');
  expect(await page.getByLabel('Tulis pesan').inputValue()).toBe('apa / siapa?\naku');
  await keyboard.press('Enter');
  await waitForSent(page, 'apa / siapa?\naku');
  await keyboard.press('ArrowUp');
  await page.locator('.composer-target').getByText('Mengubah pesan').waitFor();
  await keyboard.press('Escape');
  await page.locator('.composer-target').waitFor({ state: 'hidden' });
  await keyboard.press('Escape');
  await page.getByText('Pilih chat untuk mulai').waitFor();

  await keyboard.press('/');
  await seeFocus(page, 'Cari chat & pesan');
  await keyboard.press('Control+a');
  await keyboard.press('Delete');
  // A chat that was never opened, so none of its messages is loaded.
  await befriend('dewi');
  await chatRow(page, 'dewi').getByText('halo dari dewi').waitFor();
  const readResponse = page.waitForResponse('**/chat/read');
  await keyboard.press('Alt+h');
  expect((await (await readResponse).json()) as object).toMatchObject({ unread: 0 });
  await page.locator('.chat-unread').first().waitFor({ state: 'detached' });
  await expect.poll(() => page.title()).toBe('Bisik');
  await keyboard.press('Alt+n');
  await page.getByLabel('Username teman').and(page.locator(':focus')).waitFor();
  await keyboard.type('budi');
  await keyboard.press('Escape');
  expect(await page.getByLabel('Username teman').inputValue()).toBe('budi');
  expect(faults).toEqual([]);
});

test('single-key shortcuts can be switched off, and on a narrow screen Ctrl+K reaches the search from inside a chat', async () => {
  const { page, faults } = await visitAs(sari, box.browser, box.url, {
    ...PHONE,
    hasTouch: false,
    isMobile: false,
  });
  await chatRow(page, 'anton').waitFor();
  await openShortcutList(page);
  await page.getByRole('switch').click();
  await page.getByRole('button', { name: 'Tutup' }).click();
  await page.keyboard.press('Alt+ArrowDown');
  await page.locator('.conversation').waitFor();
  await page.locator('.bubble-more').last().focus();
  await page.keyboard.press('?');
  await page.keyboard.press('/');
  await page.keyboard.press('r');
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(await page.locator('.composer-target').isVisible()).toBe(false);
  await page.keyboard.press('Control+k');
  await seeFocus(page, 'Cari chat & pesan');
  expect(faults).toEqual([]);
});
