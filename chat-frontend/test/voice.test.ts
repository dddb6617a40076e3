import type { CDPSession, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Message } from '../../chat-core/src/wire/wire.ts';
import { signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, LAN_HOST, PHONE, visitAs } from './support/browser.ts';
import { go, row } from './support/page-actions.ts';

const box = openBox();
let pairs = 0;

/** Two friends with a conversation. */
async function friends() {
  pairs += 1;
  const [sari, budi] = await Promise.all([signUp(box.url, `sari${pairs}`), signUp(box.url, `budi${pairs}`)]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
  const input = { senderId: budi.id, receiverId: sari.id, message: 'halo' };
  const { conversationId } = (await budi.post('/chat/send', input)).body as Message;
  return { sari, budi, conversationId };
}

async function openChat(
  person: Parameters<typeof visitAs>[0],
  conversationId: string,
  options = DESKTOP,
  url = box.url,
) {
  const visit = await visitAs(person, box.browser, url, options);
  await go(visit.page, `chat/${conversationId}`);
  await row(visit.page, 'halo').waitFor();
  return visit;
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const bar = (page: Page) => page.getByRole('group', { name: 'Rekaman suara' });
const waitForSecond = (page: Page) => page.getByRole('timer').getByText('0:01').waitFor();

test('a recording is paused, heard, continued and sent', async () => {
  const { sari, budi, conversationId } = await friends();
  const { page, faults } = await openChat(sari, conversationId);
  await button(page, 'Rekam pesan suara').click();
  await waitForSecond(page);
  await button(page, 'Jeda rekaman').click();
  await bar(page).getByText('Dijeda').first().waitFor();
  await button(page, 'Putar pesan suara').click();
  await button(page, 'Putar pesan suara').waitFor();
  await button(page, 'Lanjut merekam').click();
  await page.getByRole('timer').getByText('0:02').waitFor();
  await button(page, 'Kirim pesan suara').click();
  await bar(page).waitFor({ state: 'hidden' });

  const received = async () => {
    const { body } = await budi.get(`/chat/history?myId=${budi.id}&friendId=${sari.id}`);
    return (body as Message[]).flatMap(({ attachments = [] }) => attachments)[0];
  };
  await expect.poll(received).toMatchObject({ voice: true, type: 'audio/webm' });
  expect((await received())?.name).toMatch(/^suara-\d{4}-\d\d-\d\d\.webm$/);
  expect((await received())?.durationMs).toBeGreaterThan(2_000);
  expect(faults).toEqual([]);
});

/** Touches the microphone of a phone. */
async function finger(page: Page) {
  const session: CDPSession = await page.context().newCDPSession(page);
  const place = (await button(page, 'Rekam pesan suara').boundingBox()) ?? expect.fail();
  const from = { x: place.x + place.width / 2, y: place.y + place.height / 2 };
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', x = from.x, y = from.y) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] });
  return {
    down: () => send('touchStart'),
    move: (dx: number, dy: number) => send('touchMove', from.x + dx, from.y + dy),
    up: () => send('touchEnd'),
  };
}

test('a held microphone records until it is released, a slide cancels, and one up or a tap locks', async () => {
  const { sari, conversationId } = await friends();
  const { page, faults } = await openChat(sari, conversationId, PHONE);
  const touch = await finger(page);
  await touch.down();
  await waitForSecond(page);
  await page.screenshot({ path: '/tmp/voice/held.png' });
  await touch.move(-60, 0);
  await touch.move(-120, 0);
  await touch.up();
  await page.getByText('Rekaman dibatalkan').waitFor({ state: 'attached' });
  await page.getByRole('timer').waitFor({ state: 'hidden' });
  expect(await page.locator('.row-own').count()).toBe(0);

  await touch.down();
  await page.getByRole('timer').waitFor();
  await touch.move(0, -100);
  await touch.up();
  await bar(page).waitFor();
  await waitForSecond(page);
  await page.screenshot({ path: '/tmp/voice/locked.png' });
  await page.keyboard.press('Escape');
  await bar(page).waitFor({ state: 'hidden' });
  await button(page, 'Rekam pesan suara').tap();
  await bar(page).waitFor();
  await waitForSecond(page);
  await button(page, 'Jeda rekaman').tap();
  await button(page, 'Putar pesan suara').waitFor();
  await page.screenshot({ path: '/tmp/voice/paused.png' });
  await button(page, 'Hapus rekaman').tap();
  await bar(page).waitFor({ state: 'hidden' });
  expect(faults).toEqual([]);
});

test('a page on plain http offers no microphone and says why', async () => {
  const { sari, conversationId } = await friends();
  const url = box.url.replace('127.0.0.1', LAN_HOST);
  const { page } = await openChat(sari, conversationId, DESKTOP, url);
  await button(page, 'Kirim').click();
  await page.getByText('browser memberi mikrofon hanya ke alamat https').waitFor();
  expect(await bar(page).isVisible()).toBe(false);
});
