import { beforeAll, expect, test } from 'vitest';
import { logOutEverywhere, PASSWORD, type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { visit, visitAs } from './support/browser.ts';
import { go, logIn, pollAgain, row, waitForDraftStored, waitForSent, write } from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let chatId: string;

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  const friend = await signUp(box.url, 'budi');
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
  const send = { senderId: friend.id, receiverId: sari.id, message: 'halo dari budi' };
  const { body } = await friend.post('/chat/send', send);
  chatId = (body as { conversationId: string }).conversationId;
});

const outside = ['login', 'register'];

test('a deep link of a person who is logged out leads to the login and then to its chat, and Back does not return to the login', async () => {
  const { page, faults } = await visit(box.browser, `${box.url}/#/chat/${chatId}`);
  await page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
  await logIn(page, 'sari');
  expect(new URL(page.url()).hash).toBe(`#/chat/${chatId}`);
  await row(page, 'halo dari budi').waitFor();
  await page.getByRole('link', { name: 'Tambah teman' }).click();
  await page.goBack();
  await row(page, 'halo dari budi').waitFor();
  expect(new URL(page.url()).hash).toBe(`#/chat/${chatId}`);
  expect(faults).toEqual([]);
});

test('the login and register routes lead a person who is logged in to the chats', async () => {
  const { page } = await visitAs(sari, box.browser, box.url);
  for (const route of outside) {
    await go(page, route);
    expect(new URL(page.url()).hash).toBe('#/chats');
  }
});

test('when the session ends the page says so and returns to the same chat after the next login', async () => {
  const rina = await signUp(box.url, 'rina');
  await rina.post('/friends/add', { myId: rina.id, friendUsername: 'sari' });
  const { page } = await visitAs(rina, box.browser, box.url);
  await page.getByRole('link', { name: 'sari' }).click();
  await page.getByRole('heading', { name: 'sari' }).waitFor();
  const chat = page.url();
  await page.getByLabel('Tulis pesan').fill('belum selesai');
  await waitForDraftStored(page, 'belum selesai');
  await logOutEverywhere(rina);
  await pollAgain(page);
  await page.getByText('Sesi berakhir. Silakan masuk lagi.').waitFor();
  await logIn(page, 'rina');
  expect(page.url()).toBe(chat);
  expect(await page.getByLabel('Tulis pesan').inputValue()).toBe('belum selesai');
});

test('with the keyboard alone a person registers, adds a friend and writes two lines', async () => {
  const { page, faults } = await visit(box.browser, `${box.url}/#/register`);
  const { keyboard } = page;
  await page.locator(':focus').and(page.getByLabel('Username baru')).waitFor();
  await keyboard.type('papan.ketik');
  await keyboard.press('Tab');
  await keyboard.type(PASSWORD);
  await keyboard.press('Enter');
  await page.getByText('Belum ada teman.').waitFor();
  for (let step = 0; step < 10; step++) {
    await keyboard.press('Tab');
    const label = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    if (label === 'Tambah teman') break;
  }
  await keyboard.press('Enter');
  await page.getByLabel('Username teman').waitFor();
  await keyboard.type('sari');
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'sari' }).waitFor();
  await keyboard.type('dari papan ketik');
  await keyboard.press('Shift+Enter');
  await keyboard.type('dua baris');
  await keyboard.press('Enter');
  await waitForSent(page, 'dari papan ketik\ndua baris');
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
  expect(faults).toEqual([]);
});

test('a refused registration shows the error at its field and preserves the input', async () => {
  const { page } = await visit(box.browser, `${box.url}/#/register`);
  await page.getByLabel('Username baru').fill('sari');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Daftar Sekarang' }).click();
  await page.getByText('Username ini sudah dipakai.').waitFor();
  const field = page.getByLabel('Username baru');
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  expect(await field.inputValue()).toBe('sari');
  expect(await field.evaluate((input) => input === document.activeElement)).toBe(true);
});

test('changing the password needs the current one, ends the old token, and leaves this page logged in', async () => {
  const dewi = await signUp(box.url, 'dewi');
  const { page } = await visitAs(dewi, box.browser, box.url);
  await go(page, 'password');
  await page.getByLabel('Password sekarang').fill('bukan-yang-ini');
  await page.getByLabel('Password baru').fill('jendela-dan-hujan');
  await page.getByRole('button', { name: 'Simpan password' }).click();
  await page.getByText('Password sekarang salah.').waitFor();
  await page.getByLabel('Password sekarang').fill(PASSWORD);
  await page.getByRole('button', { name: 'Simpan password' }).click();
  await page.getByText('Password sudah diganti.').waitFor();
  await go(page, 'settings');
  await page.getByText('perangkat ini').waitFor();
  expect((await dewi.get('/auth/devices')).status).toBe(401);
});

test('another device is logged out alone after a confirmation, and markup in its name is shown as text', async () => {
  const tari = await signUp(box.url, 'tari');
  const lost = { username: 'tari', password: PASSWORD, deviceName: '<b>Ponsel</b> \u202elama' };
  const { token } = (await tari.post('/auth/login', lost)).body as { token: string };
  const { page, faults } = await visitAs(tari, box.browser, box.url);
  await go(page, 'settings');
  // A direction override in the name does not affect the sentence around it.
  const end = page.getByRole('button', { name: 'Keluarkan \u2068<b>Ponsel</b> \u202elama\u2069' });
  await end.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Batal' }).click();
  await end.click();
  const yes = page.getByRole('dialog').getByRole('button', { name: 'Keluarkan', exact: true });
  await yes.click();
  // The page alone cannot end another session: a thief of this one does not know the password.
  const identity = page.getByRole('dialog', { name: 'Ini benar kamu?' });
  await identity.getByRole('button', { name: 'Batal' }).click();
  expect(await end.count()).toBe(1);
  await end.click();
  await yes.click();
  await identity.getByLabel('Password sekarang').fill(PASSWORD);
  await identity.getByRole('button', { name: 'Lanjut' }).click();
  await end.waitFor({ state: 'detached' });
  expect(await page.locator('.device').count()).toBe(1);
  await page.locator('.device').getByText('perangkat ini').waitFor();
  const ended = await fetch(`${box.url}/api/auth/devices`, { headers: { Authorization: `Bearer ${token}` } });
  expect(ended.status).toBe(401);
  expect((await tari.get('/auth/devices')).status).toBe(200);
  expect(faults).toEqual([]);
});

test('logging out asks for confirmation, ends the session and leaves nothing of the account in the browser', async () => {
  const ayu = await signUp(box.url, 'ayu');
  await ayu.post('/friends/add', { myId: ayu.id, friendUsername: 'sari' });
  const { page } = await visitAs(ayu, box.browser, box.url);
  await page.getByRole('link', { name: 'sari' }).click();
  await page.getByLabel('Tulis pesan').fill('rahasia setengah jadi');
  await waitForDraftStored(page, 'rahasia setengah jadi');
  await go(page, 'settings');
  await page.getByRole('button', { name: 'Keluar', exact: true }).click();
  await page.getByRole('button', { name: 'Batal' }).click();
  await page.getByRole('button', { name: 'Keluar', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Keluar' }).click();
  await page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage }));
  expect(stored).not.toContain('rahasia');
  expect(stored).not.toContain(ayu.token);
  expect((await ayu.get('/auth/devices')).status).toBe(401);
});

test('a double click on the send button sends the message once', async () => {
  const { page } = await visitAs(sari, box.browser, box.url);
  await page.getByRole('link', { name: 'budi' }).click();
  await page.getByLabel('Tulis pesan').fill('hanya sekali');
  await page.getByRole('button', { name: 'Kirim' }).dblclick();
  await waitForSent(page, 'hanya sekali');
  await write(page, 'sesudahnya');
  await waitForSent(page, 'sesudahnya');
  const { body } = await sari.get(`/chat/history?myId=${sari.id}&conversationId=${chatId}`);
  expect((body as { content: string }[]).filter(({ content }) => content === 'hanya sekali')).toHaveLength(1);
});

test('on a shared computer the session lives in its tab alone, across a reload, and the browser stores nothing', async () => {
  const { page, faults } = await visit(box.browser, `${box.url}/#/login`);
  const choice = page.getByRole('checkbox', { name: 'Komputer bersama' });
  await choice.check();
  await logIn(page, 'sari');
  await page.getByRole('link', { name: 'budi' }).click();
  await row(page, 'halo dari budi').waitFor();
  await page.getByLabel('Tulis pesan').fill('rahasia di sini');
  await page.reload();
  await row(page, 'halo dari budi').waitFor();
  const stored = () =>
    page.evaluate(async () => [
      Object.keys(localStorage),
      (await indexedDB.databases()).map(({ name }) => name),
    ]);
  expect(await stored()).toEqual([[], []]);
  const other = await page.context().newPage();
  await other.goto(box.url);
  await other.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
  expect(await other.getByRole('checkbox').isChecked()).toBe(false);
  expect(faults).toEqual([]);
});
