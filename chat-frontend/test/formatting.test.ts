import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { chatRow, openChat, row, waitForSent, write } from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let budi: Person;

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  budi = await signUp(box.url, 'budi');
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
});

const open = (options = DESKTOP) => visitAs(sari, box.browser, box.url, options);

test('marks are shown as a format, links without https are links, and the list shows the text without marks', async () => {
  const { page } = await open();
  await openChat(page, 'budi');
  await write(page, '*Besok* di dapur.id/resep, _jadi_?');
  const sent = page.locator('.row-own', { hasText: 'Besok di dapur.id' });
  await sent.locator('strong', { hasText: 'Besok' }).waitFor();
  expect(await sent.locator('em').textContent()).toBe('jadi');
  expect(await sent.getByRole('link').getAttribute('href')).toBe('https://dapur.id/resep');
  await chatRow(page, 'budi').getByText('Besok di dapur.id/resep, jadi?').waitFor();
});

test('a few emoji alone are large, with words they are not', async () => {
  const { page } = await open();
  await openChat(page, 'budi');
  await write(page, '🎉👍🏽');
  await waitForSent(page, '🎉👍🏽');
  await write(page, '🎉 selamat');
  await waitForSent(page, '🎉 selamat');
  const large = (text: string) => row(page, text).locator('.bubble-emoji').count();
  expect([await large('🎉👍🏽'), await large('🎉 selamat')]).toEqual([1, 0]);
});

test('keys write marks around the selected text and take them back, as does the undo of the browser', async () => {
  const { page } = await open();
  await openChat(page, 'budi');
  const input = page.getByLabel('Tulis pesan');
  await input.fill('ini penting sekali');
  await input.evaluate((node) => (node as HTMLTextAreaElement).setSelectionRange(4, 11));
  await page.waitForFunction(() =>
    performance.getEntriesByType('resource').some(({ name }) => /rich-text/.test(name)),
  );
  await expect
    .poll(async () => {
      if ((await input.inputValue()) === 'ini penting sekali') await page.keyboard.press('Control+b');
      return input.inputValue();
    })
    .toBe('ini *penting* sekali');
  await page.keyboard.press('Control+b');
  expect(await input.inputValue()).toBe('ini penting sekali');
  await page.keyboard.press('Control+Shift+X');
  expect(await input.inputValue()).toBe('ini ~penting~ sekali');
  await page.keyboard.press('Control+z');
  expect(await input.inputValue()).toBe('ini penting sekali');
});

test('the menu in the heading of a chat leads to the contact and mutes the chat', async () => {
  const { page } = await open();
  await openChat(page, 'budi');
  await page.getByRole('button', { name: 'Pilihan chat' }).click();
  await page.getByRole('menu').waitFor();
  expect(await page.getByRole('menuitem').allTextContents()).toEqual(
    expect.arrayContaining(['Info kontak', 'Sunyikan']),
  );
  await page.getByRole('menuitem', { name: 'Sunyikan' }).click();
  await page.getByRole('button', { name: 'Selalu' }).click();
  await chatRow(page, 'budi').getByText('disunyikan').waitFor();
});

test('the menu key on a row of the list marks the chat as read', async () => {
  await budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message: 'belum dibaca' });
  const { page } = await open();
  await chatRow(page, 'budi').getByText('belum dibaca').first().waitFor();
  await chatRow(page, 'budi').focus();
  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: 'Tandai sudah dibaca' }).click();
  await page.locator('.chat-unread').waitFor({ state: 'detached' });
});

test('on a phone a bubble has the room of its button, which assistive technology still finds, and a text can be selected', async () => {
  const { page } = await open(PHONE);
  await page.goto(`${box.url}/#/chats`);
  await chatRow(page, 'budi').tap();
  const other = row(page, 'belum dibaca');
  const button = other.getByRole('button', { name: 'Pilihan pesan' });
  expect(await button.evaluate((node) => node.getBoundingClientRect().width)).toBeLessThanOrEqual(1);
  await other.locator('.bubble').dispatchEvent('contextmenu');
  await page.getByRole('menuitem', { name: 'Pilih teks' }).tap();
  const text = page.getByRole('dialog').getByText('belum dibaca');
  expect(await text.evaluate((node) => getComputedStyle(node).userSelect)).not.toBe('none');
});
