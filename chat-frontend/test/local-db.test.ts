import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import type { Message } from '../../chat-core/src/wire/wire.ts';
import { logOutEverywhere, type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, storeSession, visit, visitAs, WITH_WORKER, waitForWorker } from './support/browser.ts';
import { storedRows, waitForStoredRows } from './support/database.ts';
import {
  chatRow,
  go,
  logIn,
  openChat,
  POLL,
  pollAgain,
  row,
  waitForSent,
  write,
} from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let budi: Person;
let round = 0;

/** Two new friends for each test, with three messages of Budi's. */
beforeEach(async () => {
  round += 1;
  [sari, budi] = await Promise.all([signUp(box.url, `sari${round}`), signUp(box.url, `budi${round}`)]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
  for (const text of ['satu', 'dua', 'tiga']) await say(text);
});

function say(message: string) {
  return budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message });
}

async function stored(): Promise<string[]> {
  const { body } = await budi.get(`/chat/history?myId=${budi.id}&friendId=${sari.id}`);
  return (body as Message[]).map(({ content }) => content);
}

/** Opens Sari's chat with Budi and waits until the browser has stored it. */
async function openStored(options = {}) {
  const here = await visitAs(sari, box.browser, box.url, { ...WITH_WORKER, ...options });
  await waitForWorker(here.page);
  await openChat(here.page, budi.username);
  await row(here.page, 'tiga').waitFor();
  await waitForStoredRows(here.page, sari.id, 'messages', 3);
  return here;
}

async function logOut(page: Page): Promise<void> {
  await go(page, 'settings');
  await page.getByRole('button', { name: 'Keluar', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Keluar' }).click();
  await page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
}

test('the page opens with stored chats and messages while box and internet are off, and continues from its cursor', async () => {
  const { context, page } = await openStored();
  await context.setOffline(true);
  await page.reload();
  for (const text of ['satu', 'dua', 'tiga']) await row(page, text).waitFor();
  await chatRow(page, budi.username).getByText('tiga').waitFor();
  await say('empat');
  const cursors: (string | undefined)[] = [];
  page.on('request', (request) => {
    if (POLL.test(request.url())) cursors.push(request.headers()['last-event-id']);
  });
  await context.setOffline(false);
  await row(page, 'empat').waitFor();
  // Every poll continues from a cursor.
  expect(cursors).not.toContain(undefined);
  expect(await row(page, 'satu').count()).toBe(1);
  await context.close();
});

test('the page shows stored chats before the box answers, without an error message', async () => {
  const { context, page, faults } = await openStored();
  const held = Promise.withResolvers<void>();
  await page.route('**/api/**', async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.reload();
  for (const text of ['satu', 'dua', 'tiga']) await row(page, text).waitFor();
  held.resolve();
  await say('empat');
  await row(page, 'empat').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test('three messages written offline survive closing the tab and are sent once each, in order', async () => {
  const { context, page } = await openStored();
  await context.setOffline(true);
  for (const text of ['empat', 'lima', 'enam']) await write(page, text);
  await row(page, 'enam').waitFor();
  await waitForStoredRows(page, sari.id, 'outbox', 3);
  await page.close();

  const again = await context.newPage();
  await again.goto(box.url);
  await openChat(again, budi.username);
  for (const text of ['empat', 'lima', 'enam']) await row(again, text).waitFor();
  await context.setOffline(false);
  for (const text of ['empat', 'lima', 'enam']) await waitForSent(again, text);
  expect(await stored()).toEqual(['satu', 'dua', 'tiga', 'empat', 'lima', 'enam']);
  await waitForStoredRows(again, sari.id, 'outbox', 0);
  await context.close();
});

test('an unsent message that an earlier version left in localStorage is migrated and sent', async () => {
  const { context, page } = await visit(box.browser, box.url);
  const { body } = await sari.get(`/chat/history?myId=${sari.id}&friendId=${budi.id}`);
  const conversationId = (body as Message[])[0]?.conversationId;
  const now = Date.now();
  const left = { id: crypto.randomUUID(), conversationId, text: 'dari dulu', at: now, order: now };
  const key = `bisik.${sari.id}.outbox.${left.id}`;
  await page.evaluate(([name, entry]) => localStorage.setItem(name, entry), [
    key,
    JSON.stringify(left),
  ] as const);
  await storeSession(page, sari);
  await openChat(page, budi.username);
  await waitForSent(page, 'dari dulu');
  expect(await stored()).toEqual(['satu', 'dua', 'tiga', 'dari dulu']);
  expect(await page.evaluate((name) => localStorage.getItem(name), key)).toBeNull();
  await context.close();
});

test('logging out deletes the stored data in every tab, and the next person finds nothing', async () => {
  const { context, page } = await openStored();
  const second = await context.newPage();
  await second.goto(box.url);
  await chatRow(second, budi.username).waitFor();
  await logOut(second);
  await page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
  const names = () => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  await expect.poll(names).toEqual([]);

  const dewi = await signUp(box.url, `dewi${round}`);
  await logIn(page, dewi.username);
  await page.getByText('Belum ada teman.').waitFor();
  expect(await page.getByText('tiga').count()).toBe(0);
  await context.close();
});

test('when the box ends the session only unsent messages stay stored, and only their writer sees them again', async () => {
  const { context, page } = await openStored();
  await page.route('**/api/chat/send', (route) => route.abort());
  await write(page, 'belum terkirim');
  await waitForStoredRows(page, sari.id, 'outbox', 1);
  await logOutEverywhere(sari);
  await pollAgain(page);
  await page.getByText('Sesi berakhir. Silakan masuk lagi.').waitFor();
  await waitForStoredRows(page, sari.id, 'messages', 0);
  await waitForStoredRows(page, sari.id, 'chats', 0);

  const dewi = await signUp(box.url, `dewi${round}`);
  await logIn(page, dewi.username);
  await go(page, 'chats');
  await page.getByText('Belum ada teman.').waitFor();
  expect(await page.getByText('belum terkirim').count()).toBe(0);
  await page.unrouteAll();
  await logOut(page);
  await logIn(page, sari.username);
  await openChat(page, budi.username);
  await waitForSent(page, 'belum terkirim');
  expect(await stored()).toEqual(['satu', 'dua', 'tiga', 'belum terkirim']);
  await context.close();
});

test('a database with unexpected stores is created again', async () => {
  const { context, page, faults } = await visit(box.browser, box.url);
  await page.evaluate(async (name) => {
    const request = indexedDB.open(name, 7);
    request.onupgradeneeded = () => request.result.createObjectStore('nonsense');
    await new Promise((done) => {
      request.onsuccess = done;
    });
    request.result.close();
  }, `bisik.${sari.id}`);
  await storeSession(page, sari);
  await openChat(page, budi.username);
  await row(page, 'tiga').waitFor();
  await waitForStoredRows(page, sari.id, 'messages', 3);
  await page.reload();
  await row(page, 'tiga').waitFor();
  expect((await storedRows(page, sari.id, 'chats')).length).toBe(1);
  expect(faults).toEqual([]);
  await context.close();
});

test('data stored in the format of another version is fetched from the box again, and unsent messages stay', async () => {
  const { context, page } = await openStored();
  await page.route('**/api/**', (route) => route.abort());
  await write(page, 'belum terkirim');
  await waitForStoredRows(page, sari.id, 'outbox', 1);
  await page.evaluate(async (name) => {
    const request = indexedDB.open(name);
    await new Promise((done) => {
      request.onsuccess = done;
    });
    const transaction = request.result.transaction('about', 'readwrite');
    transaction.objectStore('about').put({ form: 0, cursor: 'of another time' }, 'at');
    await new Promise((done) => {
      transaction.oncomplete = done;
    });
    request.result.close();
  }, `bisik.${sari.id}`);
  await page.reload();
  await waitForStoredRows(page, sari.id, 'messages', 0);
  await page.unrouteAll();
  await pollAgain(page);
  await waitForSent(page, 'belum terkirim');
  await row(page, 'satu').waitFor();
  await context.close();
});

test('without IndexedDB everything works, and an unsent message survives a reload', async () => {
  const { context, page, faults } = await visitAs(sari, box.browser, box.url, DESKTOP, (fresh) =>
    fresh.addInitScript(() => {
      Object.defineProperty(window, 'indexedDB', { value: undefined });
    }),
  );
  await openChat(page, budi.username);
  await row(page, 'tiga').waitFor();
  expect(faults).toEqual([]);
  await page.route('**/api/chat/send', (route) => route.abort());
  await write(page, 'menunggu');
  await row(page, 'menunggu').waitFor();
  await page.reload();
  await row(page, 'menunggu').waitFor();
  await page.unrouteAll();
  await waitForSent(page, 'menunggu');
  expect(await stored()).toEqual(['satu', 'dua', 'tiga', 'menunggu']);
  await context.close();
});
