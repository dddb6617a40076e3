import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { chatRow, go, openChat, pollAgain, waitForToast } from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let friends: Person[];

beforeEach(async () => {
  const suffix = Math.random().toString(36).slice(2, 8);
  sari = await signUp(box.url, `sari${suffix}`);
  friends = [];
  for (const name of ['anton', 'budi', 'citra']) {
    const friend = await signUp(box.url, `${name}${suffix}`);
    await sari.post('/friends/add', { myId: sari.id, friendUsername: friend.username });
    await say(friend, `halo dari ${name}`);
    friends.push(friend);
  }
});

const say = (from: Person, message: string) =>
  from.post('/chat/send', { senderId: from.id, receiverId: sari.id, message });
const nameOf = (n: number) => (friends[n] as Person).username;
const shown = (page: Page) => page.locator('.chats-list:not(.chats-archived) .chat-name').allTextContents();
async function choose(page: Page, name: string, item: string): Promise<void> {
  await chatRow(page, name).click({ button: 'right' });
  await page.getByRole('menuitem', { name: item }).click();
}

test('a pinned chat stands on top with a pin, on every device, and a newer message in another one does not pass it', async () => {
  const here = await visitAs(sari, box.browser, box.url);
  const there = await visitAs(sari, box.browser, box.url, PHONE);
  await waitForToast(here.page, 'Chat disematkan di atas.', () =>
    choose(here.page, nameOf(0), 'Sematkan di atas'),
  );
  await expect.poll(async () => (await shown(here.page))[0]).toBe(nameOf(0));
  await say(friends[1] as Person, 'kabar baru');
  await chatRow(here.page, nameOf(1)).getByText('kabar baru').waitFor();
  await expect.poll(async () => (await shown(here.page)).slice(0, 2)).toEqual([nameOf(0), nameOf(1)]);
  await pollAgain(there.page);
  await expect.poll(async () => (await shown(there.page))[0]).toBe(nameOf(0));
  await chatRow(there.page, nameOf(0)).getByText('(disematkan)').waitFor({ state: 'attached' });
  await here.page.getByText('Chat disematkan di atas.').waitFor({ state: 'detached' });
  // The toast stands for five seconds only, so the wait begins before the action.
  const undo = here.page.getByRole('button', { name: 'Urungkan' }).click();
  await choose(here.page, nameOf(0), 'Lepas sematan');
  await undo;
  await here.page.getByText('Sematan dilepas.').waitFor({ state: 'detached' });
  await chatRow(here.page, nameOf(0)).getByText('(disematkan)').waitFor({ state: 'attached' });
  expect(here.faults).toEqual([]);
});

test('an archived chat waits behind a button with their number, is found by the search, and returns with a new message unless it is muted', async () => {
  const { page, faults } = await visitAs(sari, box.browser, box.url);
  await choose(page, nameOf(0), 'Arsipkan');
  await choose(page, nameOf(1), 'Arsipkan');
  const archive = page.getByRole('button', { name: 'Diarsipkan (2)' });
  await archive.waitFor();
  expect(await shown(page)).toEqual([nameOf(2)]);
  // Their unread messages count no more.
  await page.waitForFunction(() => document.title.startsWith('(1)'));
  await page.getByRole('searchbox').fill(nameOf(0));
  await expect.poll(() => shown(page)).toEqual([nameOf(0)]);
  await page.getByRole('searchbox').fill('');
  await archive.focus();
  await page.keyboard.press('Enter');
  await page
    .getByRole('list', { name: 'Diarsipkan' })
    .getByRole('link', { name: nameOf(0) })
    .waitFor();
  const href = (await chatRow(page, nameOf(0)).getAttribute('href')) ?? '';
  await sari.post('/chat/mute', { conversationId: href.replace('#/chat/', ''), for: 'always' });
  for (const n of [0, 1]) await say(friends[n] as Person, 'lagi');
  await expect.poll(() => shown(page)).toEqual([nameOf(1), nameOf(2)]);
  await page.getByRole('button', { name: 'Diarsipkan (1)' }).waitFor();
  await choose(page, nameOf(0), 'Keluarkan dari arsip');
  await expect.poll(async () => (await shown(page)).includes(nameOf(0))).toBe(true);
  expect(await page.getByRole('button', { name: /Diarsipkan/ }).isVisible()).toBe(false);
  expect(faults).toEqual([]);
});

test('a chat that was marked as unread counts as one until it is opened, also on another device', async () => {
  const here = await visitAs(sari, box.browser, box.url);
  const there = await visitAs(sari, box.browser, box.url);
  for (const n of [0, 1, 2]) await choose(here.page, nameOf(n), 'Tandai sudah dibaca');
  await here.page.waitForFunction(() => !document.title.startsWith('('));
  await choose(here.page, nameOf(0), 'Tandai belum dibaca');
  await here.page.waitForFunction(() => document.title.startsWith('(1)'));
  await pollAgain(there.page);
  await there.page.waitForFunction(() => document.title.startsWith('(1)'));
  await openChat(there.page, nameOf(0));
  await there.page.waitForFunction(() => !document.title.startsWith('('));
  await here.page.waitForFunction(() => !document.title.startsWith('('));
  expect([...here.faults, ...there.faults]).toEqual([]);
});

test.each([
  ['the desk', DESKTOP],
  ['a phone', PHONE],
] as const)(
  'on %s a person writes to their notes, whose messages are never read by others, and finds them again',
  async (_, size) => {
    const { page, faults } = await visitAs(sari, box.browser, box.url, size);
    await go(page, 'add-friend');
    await page.getByRole('button', { name: 'Catatan' }).click();
    await page.getByRole('heading', { name: 'Catatan' }).waitFor();
    await page.getByText('Hanya untukmu').waitFor();
    await page.getByLabel('Tulis pesan').fill('beli gula');
    await page.getByRole('button', { name: 'Kirim' }).click();
    await page.locator('[data-status="sent"]').getByText('beli gula').waitFor();
    await go(page, 'chats');
    await chatRow(page, 'Catatan').getByText('beli gula').waitFor();
    expect(await page.title()).toMatch(/^\(3\)/);
    expect(faults).toEqual([]);
  },
);

test('a starred message has a star on every device, is listed, and its star goes away again', async () => {
  const here = await visitAs(sari, box.browser, box.url);
  const there = await visitAs(sari, box.browser, box.url);
  await openChat(here.page, nameOf(0));
  await openChat(there.page, nameOf(0));
  const bubble = here.page.locator('.row', { hasText: 'halo dari anton' });
  await bubble.getByRole('button', { name: 'Pilihan pesan' }).click();
  await here.page.getByRole('menuitem', { name: 'Beri bintang' }).click();
  await bubble.getByText('★').waitFor();
  await pollAgain(there.page);
  await there.page.locator('.row', { hasText: 'halo dari anton' }).getByText('★').waitFor();
  await go(here.page, 'starred');
  const hit = here.page.getByRole('main').getByRole('link', { name: /halo dari anton/ });
  await hit.click();
  await here.page.getByRole('heading', { name: nameOf(0) }).waitFor();
  await go(here.page, 'starred');
  await here.page.getByRole('main').getByRole('button', { name: 'Lepas bintang' }).click();
  await here.page.getByText('Belum ada pesan berbintang.').waitFor();
  expect([...here.faults, ...there.faults]).toEqual([]);
});
