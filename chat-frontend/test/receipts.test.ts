import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { visitAs } from './support/browser.ts';
import { chatRow, openChat, row, waitForSent, write } from './support/page-actions.ts';

const box = openBox();
let round = 0;
let sari: Person;
let budi: Person;

/** Two new friends for each test. */
beforeEach(async () => {
  round += 1;
  [sari, budi] = await Promise.all([signUp(box.url, `sari${round}`), signUp(box.url, `budi${round}`)]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
});

async function openAt(person: Person): Promise<Page> {
  const { page } = await visitAs(person, box.browser, box.url);
  await page.getByRole('navigation').waitFor();
  return page;
}

const say = (from: Person, to: Person, message: string) =>
  from.post('/chat/send', { senderId: from.id, receiverId: to.id, message });

const tickOf = (page: Page, text: string) => row(page, text).getAttribute('data-status');

/** Records every status of a message from now on. */
async function recordStatus(page: Page, text: string): Promise<() => Promise<string[]>> {
  await row(page, text).evaluate((node) => {
    const states = [node.dataset.status ?? ''];
    Object.assign(node, { states });
    new MutationObserver(() => {
      if (states.at(-1) !== node.dataset.status) states.push(node.dataset.status ?? '');
    }).observe(node, { attributes: true });
  });
  return () => row(page, text).evaluate((node) => (node as HTMLElement & { states: string[] }).states);
}

test('a message is shown as sent, then delivered, then read when its chat is opened, and its status never goes back', async () => {
  const sariPage = await openAt(sari);
  await openChat(sariPage, budi.username);
  await write(sariPage, 'sudah makan?');
  await waitForSent(sariPage, 'sudah makan?');
  expect(await tickOf(sariPage, 'sudah makan?')).toBe('sent');
  const states = await recordStatus(sariPage, 'sudah makan?');
  await row(sariPage, 'sudah makan?').getByRole('img', { name: 'Terkirim' }).waitFor();

  const budiPage = await openAt(budi);
  await chatRow(budiPage, sari.username).getByText('1 belum dibaca').waitFor();
  await row(sariPage, 'sudah makan?').getByRole('img', { name: 'Sampai' }).waitFor();
  await chatRow(sariPage, budi.username).getByRole('img', { name: 'Sampai' }).waitFor();

  await openChat(budiPage, sari.username);
  await row(sariPage, 'sudah makan?').getByRole('img', { name: 'Dibaca' }).waitFor();
  await chatRow(sariPage, budi.username).getByRole('img', { name: 'Dibaca' }).waitFor();
  await write(budiPage, 'sudah, kamu?');
  await row(sariPage, 'sudah, kamu?').waitFor();
  expect(await states()).toEqual(['sent', 'delivered', 'read']);

  await sariPage.reload();
  await row(sariPage, 'sudah makan?').getByRole('img', { name: 'Dibaca' }).waitFor();
});

test('a message that arrives in the visible chat is read at once and not counted as unread', async () => {
  const [sariPage, budiPage] = [await openAt(sari), await openAt(budi)];
  await Promise.all([openChat(sariPage, budi.username), openChat(budiPage, sari.username)]);
  await write(sariPage, 'satu');
  await row(sariPage, 'satu').getByRole('img', { name: 'Dibaca' }).waitFor();
  await write(budiPage, 'dua');
  await row(budiPage, 'dua').getByRole('img', { name: 'Dibaca' }).waitFor();
  expect(await sariPage.locator('.chat-badge:visible').count()).toBe(0);
  expect(await sariPage.title()).toBe(`${budi.username} · Bisik`);
});

test('unread messages are counted in the list and in the title until their chat is opened, on every device', async () => {
  for (const text of ['pagi', 'siang', 'malam']) await say(budi, sari, text);
  const [phone, desktop] = [await openAt(sari), await openAt(sari)];
  for (const page of [phone, desktop]) {
    await chatRow(page, budi.username).getByText('3 belum dibaca').waitFor();
    expect(await page.title()).toBe('(1) Bisik');
  }
  await say(budi, sari, 'lagi');
  await chatRow(desktop, budi.username).getByText('4 belum dibaca').waitFor();

  await openChat(phone, budi.username);
  for (const page of [phone, desktop]) {
    await chatRow(page, budi.username).getByText('belum dibaca').waitFor({ state: 'hidden' });
  }
  await expect.poll(() => phone.title()).toBe(`${budi.username} · Bisik`);
  await expect.poll(() => desktop.title()).toBe('Bisik');
  await phone.reload();
  await row(phone, 'malam').waitFor();
  await chatRow(phone, budi.username).getByText('belum dibaca').waitFor({ state: 'hidden' });
});

test('the unread count goes when the chat was visible for a moment, though the box has not received the read receipt', async () => {
  await say(budi, sari, 'halo');
  const page = await openAt(sari);
  await chatRow(page, budi.username).getByText('1 belum dibaca').waitFor();
  let asked = 0;
  await page.route('**/api/chat/read', (route) => {
    asked += 1;
    return route.abort();
  });
  await openChat(page, budi.username);
  await chatRow(page, budi.username).getByText('belum dibaca').waitFor({ state: 'hidden' });
  expect(await page.title()).toBe(`${budi.username} · Bisik`);
  await expect.poll(() => asked).toBeGreaterThan(0);

  await page.unrouteAll();
  await page.reload();
  await row(page, 'halo').waitFor();
  await chatRow(page, budi.username).getByText('belum dibaca').waitFor({ state: 'hidden' });
});

test('a message that arrives below a chat that is scrolled up stays unread', async () => {
  for (let n = 1; n <= 40; n++) await say(budi, sari, `baris ${n}`);
  const page = await openAt(sari);
  await openChat(page, budi.username);
  await page.getByRole('button', { name: /pesan baru/ }).click();
  await chatRow(page, budi.username).getByText('belum dibaca').waitFor({ state: 'hidden' });
  await page.locator('.timeline-scroll').evaluate((scroller) => {
    scroller.scrollTo(0, 300);
    return new Promise<void>((resolve) => requestAnimationFrame(() => resolve()));
  });
  await say(budi, sari, 'di bawah');
  await row(page, 'di bawah').waitFor();
  await chatRow(page, budi.username).getByText('1 belum dibaca').waitFor();
  await page.getByRole('button', { name: '1 pesan baru' }).click();
  await chatRow(page, budi.username).getByText('belum dibaca').waitFor({ state: 'hidden' });
});
