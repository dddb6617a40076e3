import type { CDPSession, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openBox } from './support/box.ts';
import { DESKTOP, LAN_HOST, PHONE, visitAs } from './support/browser.ts';
import { signUpFriends } from './support/friends.ts';
import { go, row } from './support/page-actions.ts';

const box = openBox();
let pairs = 0;

/** Two friends of their own for each test. */
function friends() {
  pairs += 1;
  return signUpFriends(box.url, `suara${pairs}`);
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

test('a recording is paused, heard, continued and sent, and the other person plays it', async () => {
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

  const other = await openChat(budi, conversationId);
  const player = other.page.getByRole('group', { name: /^Pesan suara, [2-9] detik$/ });
  await player.getByText('Belum diputar').waitFor();
  await player.getByRole('button', { name: 'Putar pesan suara' }).click();
  await player.getByRole('button', { name: 'Jeda' }).waitFor();
  await player.getByRole('button', { name: 'Putar pesan suara' }).waitFor();
  expect(await player.getByText('Belum diputar').isVisible()).toBe(false);
  await player.getByRole('slider').focus();
  await other.page.keyboard.press('ArrowRight');
  expect(await player.getByRole('slider').getAttribute('aria-valuenow')).toBe('2');
  expect([...faults, ...other.faults]).toEqual([]);
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

test('a held microphone records until it is released, a slide cancels, one up or a tap locks, and a paused one survives a reload', async () => {
  const { sari, conversationId } = await friends();
  const { page, faults } = await openChat(sari, conversationId, PHONE);
  const touch = await finger(page);
  await touch.down();
  await waitForSecond(page);
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
  await page.keyboard.press('Escape');
  await bar(page).waitFor({ state: 'hidden' });
  await button(page, 'Rekam pesan suara').tap();
  await bar(page).waitFor();
  await waitForSecond(page);
  await button(page, 'Jeda rekaman').tap();
  await button(page, 'Putar pesan suara').waitFor();
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.includes('.voice.')));

  await page.reload();
  await bar(page).getByText('Rekaman ini belum dikirim.').waitFor();
  await button(page, 'Hapus rekaman').tap();
  await bar(page).waitFor({ state: 'hidden' });
  expect(faults).toEqual([]);
});

test('a browser that cannot play WebM plays a recording by Web Audio', async () => {
  const { sari, conversationId } = await friends();
  const { page, faults } = await openChat(sari, conversationId);
  await page.evaluate(() => {
    const types = new Map<string, string>();
    const create = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
      const url = create(blob);
      types.set(url, (blob as Blob).type);
      return url;
    };
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = async function () {
      const type = types.get(this.src) ?? '';
      // Not in the title, which the page sets whenever it draws.
      document.documentElement.dataset.played = type;
      if (type === 'audio/webm') throw new DOMException('', 'NotSupportedError');
      await play.call(this);
    };
  });
  await button(page, 'Rekam pesan suara').click();
  await waitForSecond(page);
  await button(page, 'Jeda rekaman').click();
  await button(page, 'Putar pesan suara').click();
  await button(page, 'Jeda').waitFor();
  expect(await page.evaluate(() => document.documentElement.dataset.played)).toBe('audio/wav');
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
