import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { storedRows } from './support/database.ts';
import { chatRow, POLL } from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let friends: Person[];

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  friends = [];
  for (const name of ['anton', 'budi', 'citra', 'dewi']) {
    const friend = await signUp(box.url, name);
    await sari.post('/friends/add', { myId: sari.id, friendUsername: name });
    await say(friend, `halo dari ${name}`);
    friends.push(friend);
  }
});

const say = (from: Person, message: string) =>
  from.post('/chat/send', { senderId: from.id, receiverId: sari.id, message });
const shown = (page: Page) => page.locator('.chat-name').allTextContents();
/** Waits until the page has stored the text, whether or not it draws it; the page stores a moment later by its own clock. */
const waitForStoredText = (page: Page, text: string) =>
  expect
    .poll(async () => {
      await page.clock.runFor(50);
      return JSON.stringify(await storedRows(page, sari.id, 'chats'));
    })
    .toContain(text);
/** Waits for a poll response that contains the text. */
const waitForDelivery = (page: Page, text: string) =>
  page.waitForResponse(
    async (answer) =>
      POLL.test(answer.url()) && answer.status() === 200 && (await answer.text()).includes(text),
  );

test.each([
  ['a mouse', DESKTOP],
  ['touch', PHONE],
] as const)(
  'a press by %s opens the chat that was pressed, though a message would reorder the list before the release',
  async (by, size) => {
    const { page, context, faults } = await visitAs(sari, box.browser, box.url, size, (fresh) =>
      fresh.clock.install(),
    );
    await chatRow(page, 'anton').waitFor();
    const before = await shown(page);
    const pressed = before[2] ?? '';
    const other = friends.find(({ username }) => username === before.at(-1)) as Person;
    const { x, y, width, height } = (await chatRow(page, pressed).boundingBox()) ?? {
      x: 0,
      y: 0,
      width: 0,
      height: 0,
    };
    const at = { x: x + width / 2, y: y + height / 2 };
    const cdp = await context.newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchEnd', touchPoints = [at]) =>
      cdp.send('Input.dispatchTouchEvent', { type, touchPoints });
    // The page forgets a press after ten seconds. Its clock stands still, so a slow machine does not matter.
    await page.clock.pauseAt(Date.now() + 10_000);
    if (size === PHONE) await touch('touchStart');
    else {
      await page.mouse.move(at.x, at.y);
      await page.mouse.down();
    }
    const news = `kabar dari ${other.username}, ${by}`;
    await Promise.all([waitForDelivery(page, news), say(other, news)]);
    await waitForStoredText(page, news);
    // A resting pointer lets the list reorder, but not while it presses a row; a touch of 450 ms opens the menu of the chat.
    await page.clock.runFor(size === PHONE ? 100 : 1_200);
    expect(await shown(page)).toEqual(before);
    if (size === PHONE) await touch('touchEnd', []);
    else await page.mouse.up();
    await page.getByRole('heading', { name: pressed }).waitFor();
    expect(page.url()).toContain('#/chat/');
    // After the release, with the pointer at rest, the list reorders.
    await page.clock.resume();
    await expect.poll(async () => (await shown(page))[0]).toBe(other.username);
    expect(faults).toEqual([]);
    await context.close();
  },
);

test('whoever has no chats is led to the import of those of WhatsApp or Telegram', async () => {
  const { page, context, faults } = await visitAs(await signUp(box.url, 'baru'), box.browser, box.url, PHONE);
  await page.getByRole('link', { name: 'Bawa chat lama dari WhatsApp atau Telegram' }).click();
  await page.getByLabel('Pilih berkas').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test('the preview of a group claims no empty chat while the words of its last row are loaded', async () => {
  const [owner] = friends as [Person];
  await owner.post('/groups', { name: 'Arisan', memberIds: [sari.id] });
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { page, context, faults } = await visitAs(sari, box.browser, box.url, DESKTOP, (fresh) =>
    fresh.route(/\/assets\/group-chat\.lazy-/, async (route) => {
      await held;
      await route.continue();
    }),
  );
  await chatRow(page, 'Arisan').waitFor();
  expect(await chatRow(page, 'Arisan').locator('.chat-text').textContent()).toBe('');
  release();
  await chatRow(page, 'Arisan')
    .getByText(/Arisan/)
    .last()
    .waitFor();
  await expect.poll(() => chatRow(page, 'Arisan').locator('.chat-text').textContent()).not.toBe('');
  expect(faults).toEqual([]);
  await context.close();
});
