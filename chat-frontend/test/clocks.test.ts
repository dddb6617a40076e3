import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, visitAs } from './support/browser.ts';
import { chatRow, go, openChat, POLL, pollAgain, row, waitForSent, write } from './support/page-actions.ts';

const box = openBox();
const HOUR_MS = 3_600_000;
let round = 0;

/** Registers two friends and opens a page of the first; `prepare` sets the clock of the browser. */
async function openWith(prepare: (page: Page) => Promise<unknown>) {
  round += 1;
  const people = [signUp(box.url, `sari${round}`), signUp(box.url, `budi${round}`)];
  const [sari, budi] = (await Promise.all(people)) as [Person, Person];
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
  const { page, faults } = await visitAs(sari, box.browser, box.url, DESKTOP, prepare);
  return { page, faults, budi };
}

test('in a browser whose clock is nine hours ahead a new message can be edited, and a muted chat stays muted', async () => {
  const { page, faults, budi } = await openWith((fresh) =>
    fresh.clock.install({ time: Date.now() + 9 * HOUR_MS }),
  );
  await openChat(page, budi.username);
  await write(page, 'jam tiga ya');
  await waitForSent(page, 'jam tiga ya');
  await row(page, 'jam tiga ya').getByRole('button', { name: 'Pilihan pesan' }).click();
  await page.getByRole('menuitem', { name: 'Ubah' }).waitFor();
  await page.keyboard.press('Escape');

  await go(page, `contact/${budi.id}`);
  await page.getByRole('button', { name: 'Sunyikan' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '8 jam' }).click();
  await page.getByText(/^Disunyikan sampai /).waitFor();
  await chatRow(page, budi.username).getByText('(disunyikan)').waitFor({ state: 'attached' });
  expect(faults).toEqual([]);
});

test('at midnight the day heading changes from today to yesterday without any other event', async () => {
  let isQuiet = false;
  const { page, faults, budi } = await openWith(async (fresh) => {
    const evening = await fresh.evaluate(() => new Date().setHours(23, 58, 0, 0));
    await fresh.clock.install({ time: evening });
    // Without the Box-Time header the page uses its own clock, which the test advances.
    await fresh.route(POLL, async (route) => {
      if (isQuiet) return route.fulfill({ status: 204, headers: { 'Poll-After-Ms': '3600000' } });
      const response = await route.fetch();
      const { 'box-time': _, ...headers } = response.headers();
      await route.fulfill({ response, headers });
    });
  });
  await openChat(page, budi.username);
  await write(page, 'selamat malam');
  await waitForSent(page, 'selamat malam');
  isQuiet = true;
  const quiet = page.waitForResponse((answer) => POLL.test(answer.url()) && answer.status() === 204);
  await pollAgain(page);
  await quiet;
  const heading = page.locator('.timeline-list .day');
  await heading.getByText('Hari ini').waitFor();
  await page.clock.runFor(3 * 60_000);
  await heading.getByText('Kemarin').waitFor();
  await chatRow(page, budi.username).getByText('Kemarin').waitFor();
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  expect(faults).toEqual([]);
});
