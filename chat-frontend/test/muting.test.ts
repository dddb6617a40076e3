import { expect, test } from 'vitest';
import { signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { storeSession, visit } from './support/browser.ts';
import { chatRow, go, openChat, pollAgain } from './support/page-actions.ts';

const box = openBox();

test('a muted chat counts and does not call: no sound, no number in the title, the same on the other device', async () => {
  const [sari, budi] = await Promise.all([signUp(box.url, 'sari'), signUp(box.url, 'budi')]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
  const write = (message: string) =>
    budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message });
  const at = await visit(box.browser, box.url);
  await at.page.addInitScript(() => {
    const heard = { played: 0 };
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
      heard.played += 1;
      return start.apply(this, when);
    };
    Object.assign(window, { heard });
  });
  await storeSession(at.page, sari);
  const there = await visit(box.browser, box.url);
  await storeSession(there.page, sari);
  const row = chatRow(at.page, 'budi');
  await row.waitFor();

  await go(at.page, `contact/${budi.id}`);
  await at.page.getByRole('button', { name: 'Sunyikan' }).click();
  await at.page.getByRole('dialog').getByRole('button', { name: '8 jam' }).click();
  await at.page.getByText(/^Disunyikan sampai /).waitFor();
  await write('diam');
  await row.getByText('1 belum dibaca').waitFor();
  await row.getByText('(disunyikan)').waitFor({ state: 'attached' });
  expect(await at.page.title()).toBe('Info kontak · Bisik');
  await pollAgain(there.page);
  await chatRow(there.page, 'budi').getByText('(disunyikan)').waitFor({ state: 'attached' });

  await at.page.getByRole('button', { name: 'Bunyikan lagi' }).click();
  await at.page.getByRole('button', { name: 'Sunyikan', exact: true }).waitFor();
  await at.page.waitForFunction(() => document.title.startsWith('(1)'));
  await go(at.page, 'settings');
  const played = () =>
    at.page.evaluate(() => (window as unknown as { heard: { played: number } }).heard.played);
  expect(await played()).toBe(0);
  await write('bunyi');
  await row.getByText('2 belum dibaca').waitFor();
  await expect.poll(played).toBeGreaterThan(0);
  await openChat(at.page, 'budi');
  const lines = () => at.page.locator('.timeline-list > li').allInnerTexts();
  await expect
    .poll(async () => (await lines()).map((line) => line.trim().split('\n')[0])[1])
    .toMatch(/belum dibaca/i);
  await write('satu lagi');
  await at.page.getByText('satu lagi').last().waitFor();
  expect(await at.page.locator('.unread').count()).toBe(1);
  expect([...at.faults, ...there.faults]).toEqual([]);
});
