import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { visitAs } from './support/browser.ts';
import {
  chooseFromMenu,
  openChat,
  row,
  waitForDraftStored,
  waitForSent,
  write,
} from './support/page-actions.ts';

const box = openBox();
let round = 0;
let sari: Person;
let budi: Person;
let dewi: Person;

beforeEach(async () => {
  round += 1;
  const names = ['sari', 'budi', 'dewi'].map((name) => `${name}${round}`);
  const people = await Promise.all(names.map((name) => signUp(box.url, name)));
  [sari, budi, dewi] = people as [Person, Person, Person];
  for (const friend of [budi, dewi])
    await sari.post('/friends/add', { myId: sari.id, friendUsername: friend.username });
  await budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message: 'jam berapa?' });
});

const composer = (page: Page) => page.getByLabel('Tulis pesan');
const text = (page: Page) => composer(page).inputValue();
const composerTarget = (page: Page) => page.locator('.composer-target');
const quoteIn = (page: Page, words: string) =>
  row(page, words).getByRole('button', { name: 'Ke pesan yang dibalas' });

async function openAt(person: Person, other: Person) {
  const visitor = await visitAs(person, box.browser, box.url);
  await openChat(visitor.page, other.username);
  return visitor;
}

test('the draft of a reply survives another chat, the contact page and a reload, and is sent as a reply', async () => {
  const { context, page, faults } = await openAt(sari, budi);
  await chooseFromMenu(page, 'jam berapa?', 'Balas');
  await composer(page).fill('jam tujuh');

  await openChat(page, dewi.username);
  expect([await text(page), await composerTarget(page).isVisible()]).toEqual(['', false]);
  await openChat(page, budi.username);
  await composerTarget(page).getByText('jam berapa?').waitFor();
  await page.getByRole('heading', { name: budi.username }).click();
  await page.getByRole('heading', { name: 'Info kontak' }).waitFor();
  await page.goBack();
  await composerTarget(page).getByText(`Membalas ${budi.username}`).waitFor();
  await page.reload();
  await composerTarget(page).getByText('jam berapa?').waitFor();
  expect(await text(page)).toBe('jam tujuh');

  await page.getByRole('button', { name: 'Kirim' }).click();
  await waitForSent(page, 'jam tujuh');
  await quoteIn(page, 'jam tujuh').getByText('jam berapa?').waitFor();
  expect([await text(page), await composerTarget(page).isVisible()]).toEqual(['', false]);
  expect(faults).toEqual([]);
  await context.close();
});

test('an unfinished edit survives another chat and a reload, and Esc returns to the draft of a reply under it', async () => {
  const { context, page, faults } = await openAt(sari, budi);
  await write(page, 'nanti kukabari');
  await waitForSent(page, 'nanti kukabari');
  await chooseFromMenu(page, 'jam berapa?', 'Balas');
  await composer(page).fill('jam tujuh');
  await chooseFromMenu(page, 'nanti kukabari', 'Ubah');
  await composer(page).fill('nanti sore kukabari');

  await openChat(page, dewi.username);
  await openChat(page, budi.username);
  expect(await text(page)).toBe('nanti sore kukabari');
  await page.reload();
  await composerTarget(page).getByText('nanti kukabari').waitFor();
  expect(await text(page)).toBe('nanti sore kukabari');
  await composer(page).press('Escape');
  await composerTarget(page).getByText('jam berapa?').waitFor();
  expect(await text(page)).toBe('jam tujuh');

  await chooseFromMenu(page, 'nanti kukabari', 'Ubah');
  await composer(page).fill('nanti malam kukabari');
  await page.getByRole('button', { name: 'Simpan perubahan' }).click();
  await row(page, 'nanti malam kukabari').getByText('diedit').waitFor();
  await composerTarget(page).getByText('jam berapa?').waitFor();
  expect(await text(page)).toBe('jam tujuh');
  await composer(page).press('Escape');
  await composerTarget(page).waitFor({ state: 'hidden' });
  expect(await text(page)).toBe('jam tujuh');
  expect(faults).toEqual([]);
  await context.close();
});

test('a tab follows the draft that another tab writes and sends, and never overwrites it', async () => {
  const { context, page: first, faults } = await openAt(sari, budi);
  await chooseFromMenu(first, 'jam berapa?', 'Balas');
  await composer(first).fill('jam tu');
  await waitForDraftStored(first, 'jam tu');
  const second = await context.newPage();
  await second.goto(first.url());
  await composerTarget(second).getByText('jam berapa?').waitFor();
  await expect.poll(() => text(second)).toBe('jam tu');

  await composer(second).fill('jam tujuh');
  await expect.poll(() => text(first)).toBe('jam tujuh');
  await second.getByRole('button', { name: 'Kirim' }).click();
  await waitForSent(second, 'jam tujuh');
  await expect.poll(() => text(first)).toBe('');
  await composerTarget(first).waitFor({ state: 'hidden' });

  // The tab that closes must not overwrite this newer draft.
  await composer(second).fill('yang baru');
  await waitForDraftStored(second, 'yang baru');
  await openChat(first, dewi.username);
  await first.close();
  await second.reload();
  await row(second, 'jam tujuh').waitFor();
  expect([await text(second), await composerTarget(second).isVisible()]).toEqual(['yang baru', false]);
  expect(faults).toEqual([]);
  await context.close();
});
