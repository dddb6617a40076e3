import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import type { GroupConversation, Id } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { storedRows, waitForStoredRows } from './support/database.ts';
import { chatRow, chooseFromMenu, confirmDialog, go, row, write } from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let budi: Person;
let citra: Person;
let groupId: Id;
let round = 0;

/** A group of three people for each test: Sari owns it, and only she is a friend of both others. */
beforeEach(async () => {
  round += 1;
  const names = ['sari', 'budi', 'citra'].map((name) => `${name}${round}`);
  [sari, budi, citra] = (await Promise.all(names.map((name) => signUp(box.url, name)))) as [
    Person,
    Person,
    Person,
  ];
  for (const friend of [budi, citra])
    await sari.post('/friends/add', { myId: sari.id, friendUsername: friend.username });
  const input = { name: 'Keluarga', memberIds: [budi.id, citra.id] };
  groupId = ((await sari.post('/groups', input)).body as GroupConversation).id;
});

const say = (by: Person, message: string, more = {}) =>
  by.post('/chat/send', { senderId: by.id, conversationId: groupId, message, ...more });

/** Opens the group in a browser of this person. */
async function openGroup(person: Person, options: Parameters<typeof visitAs>[3] = DESKTOP) {
  const visitor = await visitAs(person, box.browser, box.url, options);
  await chatRow(visitor.page, 'Keluarga').click();
  await visitor.page.getByRole('heading', { name: 'Keluarga' }).waitFor();
  await visitor.page.getByText('3 anggota').waitFor();
  return visitor;
}

const event = (page: Page, text: string) => page.locator('.event').getByText(text, { exact: true });

test('three people in three browsers chat and mention each other, the group is renamed, and one who is removed sees it go', async () => {
  const [atSari, atBudi, atCitra] = await Promise.all([
    openGroup(sari),
    openGroup(budi, PHONE),
    openGroup(citra),
  ]);
  const [s, b, c] = [atSari.page, atBudi.page, atCitra.page];
  await event(s, 'Kamu membuat grup ini').waitFor();
  await event(c, `${sari.username} membuat grup ini`).waitFor();

  await write(s, 'Besok arisan ya');
  await row(b, 'Besok arisan ya').locator('.bubble-sender').getByText(sari.username).waitFor();
  await write(b, `Siap! @${citra.username} bawa kue?`);
  await row(c, `Siap! @${citra.username} bawa kue?`).waitFor();
  expect(await c.locator('.mention-me').textContent()).toBe(`@${citra.username}`);
  expect(await s.locator('.mention').textContent()).toBe(`@${citra.username}`);

  await c.getByLabel('Tulis pesan').pressSequentially('Boleh');
  await s.locator('.bar-status').getByText(`${citra.username} sedang mengetik…`).waitFor();
  await c.getByRole('button', { name: 'Kirim' }).click();
  await chooseFromMenu(s, 'Boleh', 'Balas');
  await s.locator('.composer-target').getByText(`Membalas ${citra.username}`).waitFor();
  await write(s, 'Terima kasih');
  await row(c, 'Terima kasih').locator('.quote').getByText('Kamu').waitFor();
  // The message counts as read once it has reached every browser that shows it.
  await s.locator('[data-status=read]').getByText('Besok arisan ya').waitFor();

  await sari.patch(`/groups/${groupId}`, { name: 'Keluarga Besar' });
  for (const page of [s, b, c]) {
    await page.getByRole('heading', { name: 'Keluarga Besar' }).waitFor();
    await page.locator('.event').getByText('mengganti nama grup').waitFor();
  }

  await b.getByLabel('Tulis pesan').fill('belum dikirim');
  await sari.delete(`/groups/${groupId}/members/${budi.id}`);
  await b.getByText('Chat ini tidak ada, atau bukan untukmu.').waitFor();
  await event(s, `Kamu mengeluarkan ${budi.username}`).waitFor();
  await c.getByText('2 anggota').waitFor();
  await go(b, 'chats');
  await chatRow(b, sari.username).waitFor();
  expect(await chatRow(b, 'Keluarga').count()).toBe(0);
  await expect.poll(() => storedRows(b, budi.id, 'messages')).toEqual([]);
  expect(await b.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain('belum dikirim');
  // What Budi's page had sent just before, such as that he types, may be refused.
  const refused = atBudi.faults.filter((fault) => !fault.includes('403'));
  expect([...atSari.faults, ...refused, ...atCitra.faults]).toEqual([]);
});

test('a group that a person left is wiped from this browser in every tab, with what waited to be sent', async () => {
  await say(sari, 'rahasia keluarga');
  const { context, page, faults } = await openGroup(budi);
  await row(page, 'rahasia keluarga').waitFor();
  await waitForStoredRows(page, budi.id, 'messages', 2);
  const second = await context.newPage();
  await second.goto(`${box.url}/#/chat/${groupId}`);
  await row(second, 'rahasia keluarga').waitFor();

  await context.setOffline(true);
  await write(page, `tertahan untuk @${sari.username}`);
  await page.locator('[data-status=waiting]').waitFor();
  await waitForStoredRows(page, budi.id, 'outbox', 1);
  const [held] = (await storedRows(page, budi.id, 'outbox')) as { mentions?: Id[] }[];
  expect(held?.mentions).toEqual([sari.id]);
  await budi.delete(`/groups/${groupId}/members/${budi.id}`);
  await context.setOffline(false);
  for (const tab of [page, second]) await tab.getByText('Chat ini tidak ada').waitFor();
  for (const store of ['messages', 'outbox'] as const) {
    await expect.poll(() => storedRows(page, budi.id, store)).toEqual([]);
  }
  const chats = (await storedRows(page, budi.id, 'chats')) as { id: Id }[];
  expect(chats.map(({ id }) => id)).not.toContain(groupId);
  expect(faults.filter((fault) => !/ERR_INTERNET_DISCONNECTED|403/.test(fault))).toEqual([]);
});

test('in a group only admins write in, others see a sentence in place of the composer, and admins delete messages of others', async () => {
  await say(budi, 'salah kirim');
  const permissions = { post: 'admins', removeMessages: 'admins' };
  await sari.patch(`/groups/${groupId}`, { permissions });
  const [atSari, atCitra] = await Promise.all([openGroup(sari), openGroup(citra)]);
  await atCitra.page.getByText('Hanya admin yang bisa menulis di grup ini.').waitFor();
  expect(await atCitra.page.getByLabel('Tulis pesan').isVisible()).toBe(false);
  await chooseFromMenu(atSari.page, 'salah kirim', 'Hapus…');
  await confirmDialog(atSari.page, 'Hapus untuk semua');
  await atCitra.page.locator('.row').getByText('Pesan dihapus').waitFor();
  await chatRow(atCitra.page, 'Keluarga').getByText('mengubah izin anggota').waitFor();
  expect([...atSari.faults, ...atCitra.faults]).toEqual([]);
});

test('a mention is marked in the chat list and jumped to, and messages of a blocked person open one by one', async () => {
  for (let n = 1; n <= 30; n++) await say(budi, `cerita panjang nomor ${n}\nbaris kedua`);
  await citra.post('/chat/read', { conversationId: groupId, seq: 3 });
  await citra.post('/friends/block', { userId: budi.id });
  await say(sari, `@${citra.username} lihat ini`, { mentions: [citra.id] });
  await say(sari, `penutup\n`.repeat(30));
  const { page, faults } = await visitAs(citra, box.browser, box.url);
  const link = chatRow(page, 'Keluarga');
  await link.locator('.chat-mention').getByText('@').waitFor();
  await link.click();
  const jump = page.getByRole('button', { name: 'Ke pesan berikutnya yang menyebut kamu' });
  await jump.click();
  await page.locator('.row-highlighted').getByText('lihat ini').waitFor();

  const collapsed = page.getByRole('button', { name: 'Pesan dari orang yang kamu blokir' });
  const before = await collapsed.count();
  const text = page.getByText('cerita panjang nomor 30');
  expect(await text.isVisible()).toBe(false);
  await collapsed.last().click();
  await text.waitFor();
  expect(await collapsed.count()).toBe(before - 1);
  expect(faults).toEqual([]);
});
