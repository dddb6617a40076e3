import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { PASSWORD, type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { visit } from './support/browser.ts';
import { row, waitForSent } from './support/page-actions.ts';

const box = openBox();
let budi: Person;
/** More Tab stops than any screen has. */
const MAX_STOPS = 60;

beforeAll(async () => {
  budi = await signUp(box.url, 'budi');
});

/** Presses Tab until the element with this name has the focus, and checks that the focus is visible. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let stop = 0; stop < MAX_STOPS; stop++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const node = document.activeElement;
      const { outlineStyle, boxShadow } = getComputedStyle(node ?? document.body);
      return {
        name: node?.getAttribute('aria-label') ?? node?.textContent ?? '',
        isMarked: outlineStyle !== 'none' || boxShadow !== 'none',
      };
    });
    if (focused.name.trim() !== name) continue;
    expect([name, focused.isMarked]).toEqual([name, true]);
    return;
  }
  throw new Error(`${name} is not reached by Tab`);
}

const hasFocus = (page: Page, label: string) =>
  expect.poll(() => page.getByLabel(label).evaluate((node) => node === document.activeElement)).toBe(true);

test('with the keyboard alone a person registers, adds a friend, writes, replies, edits, deletes, opens a setting and logs out', async () => {
  const { page, faults } = await visit(box.browser, `${box.url}/#/register`);
  const { keyboard } = page;
  await hasFocus(page, 'Username baru');
  await keyboard.type('papan.ketik');
  await keyboard.press('Tab');
  await keyboard.type(PASSWORD);
  await keyboard.press('Enter');
  await page.getByText('Belum ada teman.').waitFor();
  await tabTo(page, 'Tambah teman');
  await keyboard.press('Enter');
  await hasFocus(page, 'Username teman');
  await keyboard.type('budi');
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'budi' }).waitFor();
  await hasFocus(page, 'Tulis pesan');
  await keyboard.type('halo dari papan ketik');
  await keyboard.press('Enter');
  await waitForSent(page, 'halo dari papan ketik');

  const receiverId = await idOf(page);
  await budi.post('/chat/send', { senderId: budi.id, receiverId, message: 'halo juga' });
  await row(page, 'halo juga').waitFor();
  await keyboard.press('Shift+Tab');
  await keyboard.press('r');
  await page.locator('.composer-target').getByText('halo juga').waitFor();
  await keyboard.type('ini jawabannya');
  await keyboard.press('Enter');
  await waitForSent(page, 'ini jawabannya');

  await hasFocus(page, 'Tulis pesan');
  await keyboard.press('ArrowUp');
  await page.locator('.composer-target').getByText('Mengubah pesan').waitFor();
  await keyboard.type(', diubah');
  await keyboard.press('Enter');
  await row(page, 'ini jawabannya, diubah').getByText('diedit').waitFor();

  await hasFocus(page, 'Tulis pesan');
  await keyboard.press('Shift+Tab');
  await keyboard.press('Delete');
  await page.getByRole('dialog').waitFor();
  await tabTo(page, 'Hapus untuk semua');
  await keyboard.press('Enter');
  await page.getByText('Kamu menghapus pesan ini').first().waitFor();

  await tabTo(page, 'Akun & pengaturan');
  await keyboard.press('Enter');
  await page.getByText('perangkat ini').waitFor();
  await tabTo(page, 'Privasi');
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Privasi' }).waitFor();
  await tabTo(page, 'Kembali');
  await keyboard.press('Enter');
  await page.getByText('perangkat ini').waitFor();
  await tabTo(page, 'Keluar');
  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo(page, 'Keluar');
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
  await hasFocus(page, 'Username');
  expect(faults).toEqual([]);
});

/** The id of the person who is logged in. */
async function idOf(page: Page): Promise<string> {
  const session = await page.evaluate(() => localStorage.getItem('bisik.session') ?? '{}');
  return (JSON.parse(session) as { id: string }).id;
}
