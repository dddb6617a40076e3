import { expect, test } from 'vitest';
import { signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, visitAs } from './support/browser.ts';

import { chatRow, go, openChat, pollAgain } from './support/page-actions.ts';

const box = openBox();

test('a muted chat counts unread messages but makes no sound and shows no number in the title, also on the other device', async () => {
  const [sari, budi] = await Promise.all([signUp(box.url, 'sari'), signUp(box.url, 'budi')]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
  const write = (message: string) =>
    budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message });
  const here = await visitAs(sari, box.browser, box.url, DESKTOP, (fresh) =>
    fresh.addInitScript(() => {
      const heard = { played: 0 };
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (...when) {
        heard.played += 1;
        return start.apply(this, when);
      };
      Object.assign(window, { heard });
    }),
  );
  const there = await visitAs(sari, box.browser, box.url);
  const row = chatRow(here.page, 'budi');
  await row.waitFor();

  await go(here.page, `contact/${budi.id}`);
  await here.page.getByRole('button', { name: 'Sunyikan' }).click();
  await here.page.getByRole('dialog').getByRole('button', { name: '8 jam' }).click();
  await here.page.getByText(/^Disunyikan sampai /).waitFor();
  await write('diam');
  await row.getByText('1 belum dibaca').waitFor();
  await row.getByText('(disunyikan)').waitFor({ state: 'attached' });
  expect(await here.page.title()).toBe('Info kontak · Bisik');
  await pollAgain(there.page);
  await chatRow(there.page, 'budi').getByText('(disunyikan)').waitFor({ state: 'attached' });

  await here.page.getByRole('button', { name: 'Bunyikan lagi' }).click();
  await here.page.getByRole('button', { name: 'Sunyikan', exact: true }).waitFor();
  await here.page.waitForFunction(() => document.title.startsWith('(1)'));
  await go(here.page, 'settings');
  const played = () =>
    here.page.evaluate(() => (window as unknown as { heard: { played: number } }).heard.played);
  expect(await played()).toBe(0);
  await write('bunyi');
  await row.getByText('2 belum dibaca').waitFor();
  await expect.poll(played).toBeGreaterThan(0);
  await openChat(here.page, 'budi');
  const lines = () => here.page.locator('.timeline-list > li').allInnerTexts();
  await expect
    .poll(async () => (await lines()).map((line) => line.trim().split('\n')[0])[1])
    .toMatch(/belum dibaca/i);
  await write('satu lagi');
  await here.page.getByText('satu lagi').last().waitFor();
  expect(await here.page.locator('.unread').count()).toBe(1);
  expect([...here.faults, ...there.faults]).toEqual([]);
});
