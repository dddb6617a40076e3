import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { visitAs } from './support/browser.ts';
import {
  chatRow,
  confirmDialog,
  go,
  openChat,
  row,
  waitForSent,
  waitForToast,
  write,
} from './support/page-actions.ts';

const box = openBox({ FRIENDSHIP: 'request' });
let round = 0;
let sari: Person;
let budi: Person;
let faults: string[][];

beforeEach(async () => {
  round += 1;
  faults = [];
  [sari, budi] = await Promise.all([signUp(box.url, `sari${round}`), signUp(box.url, `budi${round}`)]);
});

async function openAt(person: Person): Promise<Page> {
  const visitor = await visitAs(person, box.browser, box.url);
  faults.push(visitor.faults);
  await visitor.page.getByRole('navigation').waitFor();
  return visitor.page;
}

async function befriend(): Promise<void> {
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
  await budi.post('/friends/accept', { userId: sari.id });
}

const closed = (page: Page) => page.locator('.composer-closed');

test('a friend request is counted, seen and accepted, and then both can write', async () => {
  const [sariPage, budiPage] = [await openAt(sari), await openAt(budi)];
  await go(sariPage, 'add-friend');
  await sariPage.getByText('Dia akan ditanya dulu').waitFor();
  await sariPage.getByLabel('Username teman').fill(budi.username);
  await sariPage.getByRole('button', { name: 'Tambah' }).click();
  await sariPage.getByText('Permintaan terkirim.').waitFor();
  await go(sariPage, 'requests');
  await sariPage.getByRole('heading', { name: 'Terkirim (1)' }).waitFor();

  await budiPage.getByRole('link', { name: '1 orang ingin berteman' }).click();
  await budiPage.getByRole('heading', { name: 'Masuk (1)' }).waitFor();
  await budiPage.getByRole('button', { name: `Terima permintaan ${sari.username}` }).click();
  await budiPage.getByRole('heading', { name: 'Masuk (0)' }).waitFor();
  await sariPage.getByRole('heading', { name: 'Terkirim (0)' }).waitFor();
  await openChat(sariPage, budi.username);
  await write(sariPage, 'akhirnya');
  await openChat(budiPage, sari.username);
  await row(budiPage, 'akhirnya').waitFor();
  expect(faults.flat()).toEqual([]);
});

test('a friend request is declined by its receiver, and another is withdrawn by its sender', async () => {
  const page = await openAt(sari);
  await budi.post('/friends/add', { myId: budi.id, friendUsername: sari.username });
  await go(page, 'requests');
  await page.getByRole('button', { name: `Tolak permintaan ${budi.username}` }).click();
  await page.getByRole('heading', { name: 'Masuk (0)' }).waitFor();
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
  await page.getByRole('button', { name: `Tarik permintaan ke ${budi.username}` }).click();
  await page.getByRole('heading', { name: 'Terkirim (0)' }).waitFor();
  expect(faults.flat()).toEqual([]);
});

test('the chat with a removed friend can be read but not written to, on both pages', async () => {
  await befriend();
  const [sariPage, budiPage] = [await openAt(sari), await openAt(budi)];
  await Promise.all([openChat(sariPage, budi.username), openChat(budiPage, sari.username)]);
  await write(sariPage, 'masih terbaca');
  await row(budiPage, 'masih terbaca').waitFor();
  await sariPage.getByRole('main').getByRole('link', { name: budi.username }).click();
  await sariPage.getByRole('heading', { name: 'Info kontak' }).waitFor();
  await sariPage.getByRole('button', { name: 'Hapus dari teman' }).click();
  await sariPage.getByText('Kalian tidak bisa saling berkirim pesan lagi.').waitFor();
  await confirmDialog(sariPage, 'Hapus dari teman');
  await sariPage.getByRole('button', { name: 'Hapus dari teman' }).waitFor({ state: 'hidden' });
  await closed(budiPage).getByText('tidak berteman').waitFor();
  expect(await budiPage.getByLabel('Tulis pesan').isVisible()).toBe(false);
  await row(budiPage, 'masih terbaca').waitFor();
  await sariPage.getByRole('link', { name: 'Buka chat' }).click();
  await closed(sariPage).getByText('tidak berteman').waitFor();
  await row(sariPage, 'masih terbaca').waitFor();
  expect(faults.flat()).toEqual([]);
});

test('a person is reported and blocked without being notified, appears in the list of blocked people, and is unblocked', async () => {
  await befriend();
  const [sariPage, budiPage] = [await openAt(sari), await openAt(budi)];
  await openChat(budiPage, sari.username);
  await write(budiPage, 'spam');
  await waitForSent(budiPage, 'spam');
  await go(sariPage, `contact/${budi.id}`);
  await sariPage.getByRole('button', { name: 'Laporkan' }).click();
  await sariPage.getByLabel('Kasar').check();
  await waitForToast(sariPage, 'Laporan terkirim', () => confirmDialog(sariPage, 'Laporkan'));
  // The contact page belongs to the chat also when it is opened by its URL.
  await sariPage.reload();
  await sariPage.getByRole('link', { name: 'Kembali' }).click();
  await row(sariPage, 'spam').waitFor();
  await go(sariPage, `contact/${budi.id}`);
  await sariPage.getByRole('button', { name: 'Blokir', exact: true }).click();
  await confirmDialog(sariPage, 'Blokir');
  await sariPage.getByText(`Kamu memblokir ${budi.username}.`).waitFor();
  await openChat(sariPage, budi.username);
  await closed(sariPage).getByText('Kamu memblokir').waitFor();
  await closed(budiPage).getByText('tidak berteman').waitFor();
  expect(await budiPage.getByText('blokir').count()).toBe(0);

  await go(sariPage, 'settings');
  await sariPage.getByRole('link', { name: 'Yang diblokir (1)' }).click();
  await sariPage.getByRole('button', { name: `Buka blokir ${budi.username}` }).click();
  await confirmDialog(sariPage, 'Buka blokir');
  await sariPage.getByText('Kamu tidak memblokir siapa pun.').waitFor();
  await chatRow(sariPage, budi.username).waitFor();
  expect(faults.flat()).toEqual([]);
});
