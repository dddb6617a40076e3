import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, visitAs } from './support/browser.ts';
import { chatRow, openChat, POLL, pollAgain, row, waitForSent, write } from './support/page-actions.ts';

const box = openBox();
const DAY_MS = 86_400_000;

/** Everything that the databases of this browser hold, as one text. */
const storedIn = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const resultOf = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const rows: unknown[] = [];
    for (const { name = '' } of await indexedDB.databases()) {
      const db = await resultOf(indexedDB.open(name));
      for (const store of db.objectStoreNames)
        rows.push(await resultOf(db.transaction(store).objectStore(store).getAll()));
      db.close();
    }
    return JSON.stringify(rows);
  });

test('a person lets the messages of a chat disappear, sees it in the heading, and the page forgets them at their time without the box', async () => {
  const [sari, budi] = await Promise.all([signUp(box.url, 'sari'), signUp(box.url, 'budi')]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
  await budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message: 'tetap ada' });
  let isQuiet = false;
  const { page, faults } = await visitAs(sari, box.browser, box.url, DESKTOP, async (fresh) => {
    await fresh.clock.install({ time: Date.now() });
    // Without the Box-Time header the page uses its own clock, which the test advances.
    await fresh.route(POLL, async (route) => {
      if (isQuiet) return route.fulfill({ status: 204, headers: { 'Poll-After-Ms': '3600000' } });
      const response = await route.fetch();
      const { 'box-time': _, ...headers } = response.headers();
      await route.fulfill({ response, headers });
    });
  });
  await openChat(page, 'budi');
  await page.locator('.conversation').getByRole('button', { name: 'Pilihan chat' }).click();
  await page.getByRole('menuitem', { name: 'Pesan sementara' }).click();
  const dialog = page.getByRole('dialog', { name: 'Pesan sementara' });
  expect(await dialog.getByRole('radio', { name: 'Mati' }).isChecked()).toBe(true);
  await dialog.getByRole('radio', { name: '24 jam' }).check();
  await dialog.getByRole('button', { name: 'Simpan' }).click();
  await page.getByText('Kamu mengatur pesan baru hilang setelah 24 jam').first().waitFor();
  await page.getByRole('img', { name: 'Pesan baru hilang setelah 24 jam' }).waitFor();

  await write(page, 'rahasia');
  await waitForSent(page, 'rahasia');
  await expect.poll(() => row(page, 'rahasia').getAttribute('class')).toContain('row-timed');
  await budi.post('/chat/send', {
    senderId: budi.id,
    receiverId: sari.id,
    message: 'rahasia juga',
    replyTo: 3,
  });
  await page.locator('.bubble-text').getByText('rahasia juga').waitFor();
  await expect.poll(() => storedIn(page)).toContain('rahasia juga');

  isQuiet = true;
  const quiet = page.waitForResponse((answer) => POLL.test(answer.url()) && answer.status() === 204);
  await pollAgain(page);
  await quiet;
  await page.clock.fastForward(DAY_MS + 60_000);
  await page.locator('.bubble-text').getByText('rahasia juga').waitFor({ state: 'detached' });
  expect(await page.locator('.timeline-list').textContent()).not.toContain('rahasia');
  expect(await chatRow(page, 'budi').textContent()).not.toContain('rahasia');
  expect(await row(page, 'tetap ada').count()).toBe(1);
  await expect.poll(() => storedIn(page)).not.toContain('rahasia');
  expect(await storedIn(page)).toContain('tetap ada');
  expect(faults).toEqual([]);
});
