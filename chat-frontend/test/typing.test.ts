import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Message } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { chooseFromMenu, go, row, waitForPageInput, waitForTouchInput } from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let budi: Person;
let chatId = '';

const LINK = 'https://dapur.example/rendang';
const MIXED = 'hi\nשלום עולם!';

beforeAll(async () => {
  [sari, budi] = await Promise.all([signUp(box.url, 'sari'), signUp(box.url, 'budi')]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
  for (let n = 1; n <= 24; n++) await say(`pesan ${n}`);
  await say(`Resep: ${LINK}`);
  const { conversationId, seq } = await say(MIXED);
  // A chat with unread messages opens where they begin; these tests begin at its end.
  await sari.post('/chat/read', { conversationId, seq });
  chatId = conversationId;
});

async function say(message: string): Promise<Message> {
  const { body } = await budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message });
  return body as Message;
}

async function openAt(options: Parameters<typeof visitAs>[3] = DESKTOP) {
  const visitor = await visitAs(sari, box.browser, box.url, options);
  await go(visitor.page, `chat/${chatId}`);
  await visitor.page.locator('.bubble-text').last().waitFor();
  return visitor;
}

const pixelsBelow = (page: Page) =>
  page
    .locator('.timeline-scroll')
    .evaluate((node) => Math.round(node.scrollHeight - node.scrollTop - node.clientHeight));
const seeEnd = (page: Page) => expect.poll(() => pixelsBelow(page)).toBeLessThanOrEqual(1);

test('the end of a chat stays in view while the composer grows, bars appear and the window shrinks, and new messages are followed', async () => {
  const { page, context, faults } = await openAt();
  await seeEnd(page);
  const input = page.getByLabel('Tulis pesan');
  await input.focus();
  for (let line = 1; line <= 7; line++) {
    await page.keyboard.type('baris');
    expect(await pixelsBelow(page)).toBeLessThanOrEqual(1);
    await page.keyboard.press('Shift+Enter');
    await seeEnd(page);
  }
  expect(await input.evaluate((node) => node.clientHeight)).toBeGreaterThan(130);
  await say('kabar baru');
  await row(page, 'kabar baru').waitFor();
  await seeEnd(page);

  await chooseFromMenu(page, 'kabar baru', 'Balas');
  await page.locator('.composer-target').getByText('kabar baru').waitFor();
  await seeEnd(page);
  await page.setViewportSize({ width: 800, height: 420 });
  await seeEnd(page);
  await context.setOffline(true);
  await page.locator('.banner').getByText(/./).first().waitFor();
  await seeEnd(page);
  await context.setOffline(false);
  await say('masih terlihat');
  await row(page, 'masih terlihat').waitFor();
  await seeEnd(page);
  expect(faults.filter((fault) => !fault.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
});

test('a right click on a link opens the browser’s own menu, and elsewhere on a message the message menu', async () => {
  const { page, faults } = await openAt();
  await page.evaluate(() => {
    window.addEventListener('contextmenu', (event) => {
      // Not in the title, which the page sets whenever it draws.
      document.documentElement.dataset.menu = event.defaultPrevented ? 'ours' : 'native';
    });
  });
  const rightClick = async (selector: string): Promise<string | undefined> => {
    await page.locator(selector).last().click({ button: 'right' });
    return page.evaluate(() => document.documentElement.dataset.menu);
  };
  await page.locator('.bubble-text a').waitFor();
  expect(await rightClick('.bubble-text a')).toBe('native');
  expect(await page.getByRole('menu').count()).toBe(0);
  expect(await rightClick('.composer-input')).toBe('native');
  expect(await rightClick('.row:not(:has(a)) .bubble')).toBe('ours');
  await page.getByRole('menu').waitFor();
  expect(faults).toEqual([]);
});

test('the touch that ends a long press chooses nothing in the menu under it, and a later tap does', async () => {
  const { page, context, faults } = await openAt(PHONE);
  await waitForTouchInput(page);
  const session = await context.newCDPSession(page);
  const bubble = page.locator('.row .bubble').last();
  const place = (await bubble.boundingBox()) ?? expect.fail();
  const at = { x: place.x + place.width / 2, y: place.y + place.height / 2 };
  const touch = (type: 'touchStart' | 'touchEnd', touchPoints = [at]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints });
  await touch('touchStart');
  await page.getByRole('menu').waitFor();
  const under = await page.evaluate(({ x, y }) => document.elementFromPoint(x, y)?.role ?? '', at);
  await touch('touchEnd', []);
  // Some browsers send a click after the touch.
  await page.evaluate(({ x, y }) => {
    const click = { bubbles: true, cancelable: true, composed: true, clientX: x, clientY: y, detail: 1 };
    document.elementFromPoint(x, y)?.dispatchEvent(new MouseEvent('click', click));
  }, at);
  expect(under).toBe('menuitem');
  expect(await page.getByRole('menu').isVisible()).toBe(true);
  await page.getByRole('menuitem', { name: 'Balas' }).tap();
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await page.locator('.composer-target').waitFor();
  expect(faults).toEqual([]);
});

test('each line of a message has its own text direction: punctuation after Hebrew words stands at their left', async () => {
  const { page } = await openAt();
  const bubble = row(page, MIXED).locator('.bubble');
  const places = await bubble.evaluate((node) => {
    const text = node.querySelector('.bubble-text')?.firstChild ?? node;
    const at = (index: number) => {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + 1);
      return range.getBoundingClientRect().left - node.getBoundingClientRect().left;
    };
    return { h: at(0), shin: at(3), sign: at(12) };
  });
  expect(places.sign).toBeLessThan(places.shin);
  expect(places.h).toBeLessThan(20);
});

test('in a window of little height the whole composer is visible', async () => {
  const { page, faults } = await openAt({ viewport: { width: 320, height: 256 } });
  await page.getByLabel('Tulis pesan').fill('satu\ndua\ntiga\nempat\nlima\nenam\ntujuh');
  const isWithin = () =>
    page.locator('.composer-send').evaluate((node) => {
      const { left, top, right, bottom } = node.getBoundingClientRect();
      const seen = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && node.contains(seen);
    });
  for (const [width, height] of [
    [320, 256],
    [320, 200],
    [568, 150],
    [844, 180],
  ] as const) {
    await page.setViewportSize({ width, height });
    await expect.poll(async () => [width, height, await isWithin()]).toEqual([width, height, true]);
  }
  await page.setViewportSize({ width: 320, height: 256 });
  await chooseFromMenu(page, 'pesan 24', 'Balas');
  await expect.poll(isWithin).toBe(true);
  expect(faults).toEqual([]);
});

test('the back arrow adds no history entry, and the browser’s Back does not reopen the screen that was left', async () => {
  const { page, faults } = await visitAs(sari, box.browser, box.url, PHONE);
  const arrow = () => page.getByRole('main').getByRole('link', { name: 'Kembali' }).click();
  const hash = () => new URL(page.url()).hash;
  await waitForPageInput(page);
  await page.locator('.chat-link').first().click();
  await page.locator('.conversation').waitFor();
  const entries = await page.evaluate(() => history.length);
  await page.locator('.bar-person').click();
  await page.getByText('@budi', { exact: true }).waitFor();
  await arrow();
  await page.locator('.conversation').waitFor();
  await arrow();
  await page.locator('.chat-link').first().waitFor();
  await expect.poll(hash).toBe('#/chats');
  expect(await page.evaluate(() => history.length)).toBe(entries + 1);
  await page.goForward();
  await expect.poll(hash).toBe(`#/chat/${chatId}`);

  // Opened at the chat itself, as from a notification: the arrow replaces its history entry.
  await page.goto('about:blank');
  await page.goto(`${box.url}/#/chat/${chatId}`);
  await page.locator('.conversation').waitFor();
  const before = await page.evaluate(() => history.length);
  await waitForPageInput(page);
  await arrow();
  await expect.poll(hash).toBe('#/chats');
  expect(await page.evaluate(() => history.length)).toBe(before);
  await page.goBack();
  await expect.poll(() => page.url()).toBe('about:blank');
  expect(faults).toEqual([]);
});

test('a pasted or dropped file opens a sheet and keeps the page open, also before the sheet is loaded, and text pasted with a file is pasted', async () => {
  const { page, context, faults } = await openAt();
  const paste = (text: string) =>
    page.getByLabel('Tulis pesan').evaluate((input, words) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File(['x'], 'foto.png', { type: 'image/png' }));
      if (words) clipboardData.setData('text/plain', words);
      const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
      input.dispatchEvent(event);
      return event.defaultPrevented;
    }, text);
  const sheet = page.getByRole('dialog', { name: /^Kirim ke / });
  expect(await paste('dari lembar kerja')).toBe(false);
  expect(await sheet.count()).toBe(0);
  expect(await paste('')).toBe(true);
  await sheet.getByText('foto.png').waitFor();

  let letThrough = () => {};
  const held = new Promise<void>((done) => {
    letThrough = done;
  });
  await page.route(/\/assets\/(attach\.lazy|page-input)-/, async (route) => {
    await held;
    await route.continue();
  });
  await page.reload();
  await page.locator('.bubble-text').last().waitFor();
  await page.getByLabel('Tulis pesan').fill('jangan hilang');
  const file = join(tmpdir(), 'bisik-dropped.txt');
  writeFileSync(file, 'halo');
  onTestFinished(() => rmSync(file));
  const session = await context.newCDPSession(page);
  const drag = async (selector: string) => {
    const place = (await page.locator(selector).boundingBox()) ?? expect.fail();
    const at = { x: place.x + place.width / 2, y: place.y + place.height / 2 };
    const data = { items: [], files: [file], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await session.send('Input.dispatchDragEvent', { type, ...at, data });
    }
  };
  const address = page.url();
  for (const selector of ['.timeline', '.composer-input']) {
    await drag(selector);
    letThrough();
    await sheet.getByText('bisik-dropped.txt').first().waitFor();
    expect(await sheet.getByLabel('Keterangan', { exact: true }).inputValue()).toBe('jangan hilang');
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
  }
  expect(page.url()).toBe(address);
  expect(await page.getByLabel('Tulis pesan').inputValue()).toBe('jangan hilang');
  expect(faults).toEqual([]);
});
