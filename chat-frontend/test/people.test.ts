import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { storeSession, visit } from './support/browser.ts';
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
  const visitor = await visit(box.browser, box.url);
  faults.push(visitor.faults);
  await storeSession(visitor.page, person);
  await visitor.page.getByRole('navigation').waitFor();
  return visitor.page;
}

async function befriend(): Promise<void> {
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
  await budi.post('/friends/accept', { userId: sari.id });
}

const closed = (page: Page) => page.locator('.composer-closed');

test('somebody is asked first: the request is seen, counted, accepted, and they talk', async () => {
  const [at, there] = [await openAt(sari), await openAt(budi)];
  await go(at, 'add-friend');
  await at.getByText('Dia akan ditanya dulu').waitFor();
  await at.getByLabel('Username teman').fill(budi.username);
  await at.getByRole('button', { name: 'Tambah' }).click();
  await at.getByText('Permintaan terkirim.').waitFor();
  await go(at, 'requests');
  await at.getByRole('heading', { name: 'Terkirim (1)' }).waitFor();

  await there.getByRole('link', { name: '1 orang ingin berteman' }).click();
  await there.getByRole('heading', { name: 'Masuk (1)' }).waitFor();
  await there.getByRole('button', { name: `Terima permintaan ${sari.username}` }).click();
  await there.getByRole('heading', { name: 'Masuk (0)' }).waitFor();
  await at.getByRole('heading', { name: 'Terkirim (0)' }).waitFor();
  await openChat(at, budi.username);
  await write(at, 'akhirnya');
  await openChat(there, sari.username);
  await row(there, 'akhirnya').waitFor();
  expect(faults.flat()).toEqual([]);
});

test('a request is declined by one and withdrawn by the other', async () => {
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

test('a removed friend can be read and not written to, on both pages', async () => {
  await befriend();
  const [at, there] = [await openAt(sari), await openAt(budi)];
  await Promise.all([openChat(at, budi.username), openChat(there, sari.username)]);
  await write(at, 'masih terbaca');
  await row(there, 'masih terbaca').waitFor();
  await at.getByRole('main').getByRole('link', { name: budi.username }).click();
  await at.getByRole('heading', { name: 'Info kontak' }).waitFor();
  await at.getByRole('button', { name: 'Hapus dari teman' }).click();
  await at.getByText('Kalian tidak bisa saling berkirim pesan lagi.').waitFor();
  await confirmDialog(at, 'Hapus dari teman');
  await at.getByRole('button', { name: 'Hapus dari teman' }).waitFor({ state: 'hidden' });
  await closed(there).getByText('tidak berteman').waitFor();
  expect(await there.getByLabel('Tulis pesan').isVisible()).toBe(false);
  await row(there, 'masih terbaca').waitFor();
  await at.getByRole('link', { name: 'Buka obrolan' }).click();
  await closed(at).getByText('tidak berteman').waitFor();
  await row(at, 'masih terbaca').waitFor();
  expect(faults.flat()).toEqual([]);
});

test('somebody is reported and blocked, is not told, stands in the list of the blocked, and is let out of it', async () => {
  await befriend();
  const [at, there] = [await openAt(sari), await openAt(budi)];
  await openChat(there, sari.username);
  await write(there, 'spam');
  await waitForSent(there, 'spam');
  await go(at, `contact/${budi.id}`);
  await at.getByRole('button', { name: 'Laporkan' }).click();
  await at.getByLabel('Kasar').check();
  await waitForToast(at, 'Laporan terkirim', () => confirmDialog(at, 'Laporkan'));
  // Opened by its address too it belongs to the chat, also where the list stands beside.
  await at.reload();
  await at.getByRole('link', { name: 'Kembali' }).click();
  await row(at, 'spam').waitFor();
  await go(at, `contact/${budi.id}`);
  await at.getByRole('button', { name: 'Blokir', exact: true }).click();
  await confirmDialog(at, 'Blokir');
  await at.getByText(`Kamu memblokir ${budi.username}.`).waitFor();
  await openChat(at, budi.username);
  await closed(at).getByText('Kamu memblokir').waitFor();
  await closed(there).getByText('tidak berteman').waitFor();
  expect(await there.getByText('blokir').count()).toBe(0);

  await go(at, 'settings');
  await at.getByRole('link', { name: 'Yang diblokir (1)' }).click();
  await at.getByRole('button', { name: `Buka blokir ${budi.username}` }).click();
  await confirmDialog(at, 'Buka blokir');
  await at.getByText('Kamu tidak memblokir siapa pun.').waitFor();
  await chatRow(at, budi.username).waitFor();
  expect(faults.flat()).toEqual([]);
});
