import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { storeSession, visit, visitAs } from './support/browser.ts';
import { waitForStoredRows } from './support/database.ts';
import { go, openChat, POLL, waitForDraftStored } from './support/page-actions.ts';

const box = openBox();
const PANELS = /\/assets\/panels-/;
const MISSING = 'Bagian ini belum bisa dimuat.';
let sari: Person;

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  await signUp(box.url, 'budi');
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
});

async function writeDraft() {
  const visitor = await visitAs(sari, box.browser, box.url);
  const { page } = visitor;
  await openChat(page, 'budi');
  await page.getByLabel('Tulis pesan').fill('belum selesai');
  await waitForDraftStored(page, 'belum selesai');
  return visitor;
}

test('another language is not loaded, nor is a lazy module before it is needed', async () => {
  const { page, faults } = await visit(box.browser, 'about:blank');
  const names: string[] = [];
  page.on('request', (request) => names.push(new URL(request.url()).pathname));
  await page.goto(box.url);
  await page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
  expect(names.filter((name) => /\/(en|panels|entry\.lazy)-/.test(name))).toEqual([]);
  await page.getByRole('link', { name: 'Lupa password?' }).click();
  await page.getByLabel('Kode dari pemilik kotak').waitFor();
  expect(names.filter((name) => /\/(en|panels|entry\.lazy)-/.test(name))).toHaveLength(1);
  expect(faults).toEqual([]);
});

test('a lazy module that cannot be loaded shows an error, opens on retry, and the draft stays', async () => {
  const { page } = await writeDraft();
  await page.route(PANELS, (route) => route.abort());
  await go(page, 'settings');
  await page.getByText(MISSING).waitFor();
  await page.unroute(PANELS);
  await page.getByRole('button', { name: 'Coba lagi' }).click();
  await page.getByText('perangkat ini').waitFor();
  await openChat(page, 'budi');
  expect(await page.getByLabel('Tulis pesan').inputValue()).toBe('belum selesai');
});

test('a lazy module that a new build has replaced reloads the page on retry, and the draft stays', async () => {
  const { page } = await writeDraft();
  await page.route(PANELS, (route) => route.fulfill({ status: 404, body: '' }));
  await go(page, 'settings');
  await page.getByText(MISSING).waitFor();
  await page.evaluate(() => Object.assign(window, { before: true }));
  await page.getByRole('button', { name: 'Coba lagi' }).click();
  await page.waitForFunction(() => !('before' in window));
  await page.unroute(PANELS);
  await openChat(page, 'budi');
  expect(await page.getByLabel('Tulis pesan').inputValue()).toBe('belum selesai');
});

test('a page whose language file cannot be loaded says so in both languages', async () => {
  const { page } = await visit(box.browser, 'about:blank');
  await page.route(/\/assets\/id-/, (route) => route.abort());
  await page.goto(box.url);
  await page.getByText('Bisik belum bisa dimuat.').waitFor();
  await page.getByText('Bisik could not be loaded.').waitFor();
});

test('the whole state is requested once while the script is loading, and not at all where it is stored', async () => {
  const { page, faults } = await visit(box.browser, box.url);
  const polls: (string | undefined)[] = [];
  page.on('request', (request) => {
    if (POLL.test(request.url())) polls.push(request.headers()['last-event-id']);
  });
  let onPoll = () => {};
  const polled = new Promise<void>((done) => {
    onPoll = done;
  });
  page.on('request', (request) => POLL.test(request.url()) && onPoll());
  await page.route(/\/assets\/main-/, async (route) => {
    await polled;
    await route.continue();
  });
  await storeSession(page, sari);
  await page.getByRole('link', { name: 'budi' }).waitFor();
  await waitForStoredRows(page, sari.id, 'chats', 1);
  expect(polls.filter((cursor) => cursor === undefined)).toHaveLength(1);
  await page.unroute(/\/assets\/main-/);
  await page.reload();
  await page.getByRole('link', { name: 'budi' }).waitFor();
  expect(polls.filter((cursor) => cursor === undefined)).toHaveLength(1);
  expect(faults).toEqual([]);
});
