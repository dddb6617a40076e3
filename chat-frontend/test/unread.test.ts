import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import type { Delta, Message } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { chatRow, go, openChat, row } from './support/page-actions.ts';

const box = openBox();
let round = 0;
let sari: Person;
let budi: Person;
let conversationId: string;

beforeEach(async () => {
  round += 1;
  texts.clear();
  [sari, budi] = await Promise.all([signUp(box.url, `sari${round}`), signUp(box.url, `budi${round}`)]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
});

/** Texts of Budi’s messages by seq. */
const texts = new Map<number, string>();
let written = 0;
const text = (seq: number) => texts.get(seq) ?? `nothing of seq ${seq}`;

/** Budi sends `count` messages, ten at a time: the box decides the order. */
async function write(count: number): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left-- > 0) {
      const body = { senderId: budi.id, receiverId: sari.id, message: `baris ${++written}.` };
      const message = (await budi.post('/chat/send', body)).body as Message;
      conversationId = message.conversationId;
      texts.set(message.seq, message.content);
    }
  };
  await Promise.all(Array.from({ length: 10 }, lane));
}

const asBudi = async () => (await budi.get('/sync')).body as Delta;
/** The seq up to which Sari has read, as Budi’s sync says. */
const readBySari = async () => (await asBudi()).marks?.find(({ userId }) => userId === sari.id)?.read ?? 0;

async function openAtSari(size = DESKTOP): Promise<Page> {
  const { page } = await visitAs(sari, box.browser, box.url, size);
  await page.getByRole('navigation').waitFor();
  return page;
}

/** Which messages are fully visible, and whether the separator above the unread ones is. */
async function inView(page: Page) {
  const { shown, line, next } = await page.evaluate(() => {
    const scroller = document.querySelector('.timeline-scroll') as HTMLElement;
    const view = scroller.getBoundingClientRect();
    const isWhole = (node: Element) => {
      const { top, bottom } = node.getBoundingClientRect();
      return top >= view.top && bottom <= view.bottom + 1;
    };
    const rows = [...document.querySelectorAll('.row')].filter(isWhole);
    const textOf = (node: Element | null | undefined) => node?.querySelector('.bubble-text')?.textContent;
    const line = document.querySelector('.unread');
    return {
      shown: [textOf(rows[0]), textOf(rows.at(-1))],
      line: line !== null && isWhole(line),
      next: textOf(line?.nextElementSibling),
    };
  });
  const seqOf = (of: string | null | undefined) => [...texts].find(([, one]) => one === of)?.[0] ?? 0;
  return { first: seqOf(shown[0]), last: seqOf(shown[1]), line, next: seqOf(next) };
}
const scrollBy = (page: Page, pixels: number) =>
  page.locator('.timeline-scroll').evaluate((scroller, by) => {
    scroller.scrollBy(0, by);
    return new Promise<void>((resolve) => requestAnimationFrame(() => resolve()));
  }, pixels);

/** Waits until Budi’s sync says that exactly the messages visible to Sari are read. */
const waitForReadAsShown = (page: Page) =>
  expect
    .poll(async () => [(await inView(page)).last, await readBySari()])
    .toSatisfy(([shown = 0, read = 0]: number[]) => shown === read && read > 0);

test.each([
  ['a desktop', DESKTOP],
  ['a phone', PHONE],
])(
  '39 unread messages open with their separator in view on %s, and only those that were seen are marked as read',
  async (_where, size) => {
    await write(20);
    await sari.post('/chat/read', { conversationId, seq: 20 });
    await write(39);
    const page = await openAtSari(size);
    await openChat(page, budi.username);
    await row(page, text(21)).waitFor();
    await expect.poll(() => inView(page)).toMatchObject({ line: true, next: 21 });
    const { first, last } = await inView(page);
    expect(first).toBeLessThanOrEqual(20);
    expect(last).toBeLessThan(59);
    await waitForReadAsShown(page);
    expect(await readBySari()).toBe(last);
    await scrollBy(page, 300);
    const further = (await inView(page)).last;
    expect(further).toBeGreaterThan(last);
    await waitForReadAsShown(page);
    await scrollBy(page, 1_000_000);
    await expect.poll(readBySari).toBe(59);
    await page.context().close();
  },
);

test('a chat with 300 unread messages loads the page in which they begin, and jumping to the latest reads all of them', async () => {
  await write(10);
  await sari.post('/chat/read', { conversationId, seq: 10 });
  await write(300);
  const page = await openAtSari();
  await openChat(page, budi.username);
  await row(page, text(11)).waitFor();
  await expect.poll(() => inView(page)).toMatchObject({ line: true, next: 11 });
  await waitForReadAsShown(page);
  expect(await readBySari()).toBeLessThan(40);
  await scrollBy(page, 400);
  await waitForReadAsShown(page);
  await page.getByRole('button', { name: /pesan baru/ }).click();
  await row(page, text(310)).waitFor();
  await expect.poll(readBySari).toBe(310);
  await chatRow(page, budi.username).getByText('belum dibaca').waitFor({ state: 'hidden' });
  await page.context().close();
});

test('a chat opened offline shows its unread messages from their beginning, and marks them as read once online', async () => {
  await write(1);
  await sari.post('/chat/read', { conversationId, seq: 1 });
  const page = await openAtSari();
  // What the first sync brings as the last message alone is not stored: the others come after it.
  await chatRow(page, budi.username).getByText(text(1)).waitFor();
  await write(39);
  await chatRow(page, budi.username).getByText('39 belum dibaca').waitFor();
  await expect.poll(() => storedCount(page)).toBe(39);
  await page.route('**/api/**', (route) => route.abort());
  await openChat(page, budi.username);
  await row(page, text(2)).waitFor();
  await expect.poll(() => inView(page)).toMatchObject({ line: true, next: 2 });
  await page.unrouteAll();
  await waitForReadAsShown(page);
  expect(await readBySari()).toBeLessThan(40);
  await page.context().close();
});

/** The number of messages stored in this browser. */
const storedCount = (page: Page) =>
  page.evaluate(async (id) => {
    const open = indexedDB.open(`bisik.${id}`);
    await new Promise((done) => {
      open.onsuccess = done;
    });
    const count = open.result.transaction('messages').objectStore('messages').count();
    await new Promise((done) => {
      count.onsuccess = done;
    });
    open.result.close();
    return count.result;
  }, sari.id);

test('messages that arrive in a chat behind another window are neither scrolled past nor marked as read', async () => {
  await write(20);
  await sari.post('/chat/read', { conversationId, seq: 20 });
  const page = await openAtSari();
  await openChat(page, budi.username);
  await row(page, text(20)).waitFor();
  await page.evaluate(() => {
    document.hasFocus = () => false;
    window.dispatchEvent(new Event('blur'));
  });
  for (let turn = 0; turn < 3; turn++) {
    await write(13);
    await row(page, text(33 + turn * 13)).waitFor({ state: 'attached' });
  }
  expect(await readBySari()).toBe(20);
  const { first, last } = await inView(page);
  expect([first <= 21, last < 59]).toEqual([true, true]);
  await page.evaluate(() => {
    document.hasFocus = () => true;
    window.dispatchEvent(new Event('focus'));
  });
  await waitForReadAsShown(page);
  expect(await readBySari()).toBeLessThan(59);
  await page.context().close();
});

test('a chat left scrolled up is opened there again, or at its unread messages once many have arrived', async () => {
  await write(80);
  await sari.post('/chat/read', { conversationId, seq: 80 });
  const page = await openAtSari();
  await openChat(page, budi.username);
  await row(page, text(80)).waitFor();
  await scrollBy(page, -600);
  const { first } = await inView(page);
  await go(page, 'settings');
  await write(3);
  await chatRow(page, budi.username).getByText('3 belum dibaca').waitFor();
  await openChat(page, budi.username);
  await row(page, text(83)).waitFor({ state: 'attached' });
  expect((await inView(page)).first).toBe(first);
  await go(page, 'settings');
  await write(30);
  await chatRow(page, budi.username).getByText('33 belum dibaca').waitFor();
  await openChat(page, budi.username);
  await expect.poll(() => inView(page)).toMatchObject({ line: true, next: 81 });
  expect(await readBySari()).toBeLessThan(113);
  await page.context().close();
});

test('messages that arrive after five minutes without input are marked as read at the next input', async () => {
  await write(1);
  await sari.post('/chat/read', { conversationId, seq: 1 });
  const { page } = await visitAs(sari, box.browser, box.url, DESKTOP, (fresh) => fresh.clock.install());
  await openChat(page, budi.username);
  await row(page, text(1)).waitFor();
  await page.clock.fastForward('05:01');
  await write(1);
  await row(page, text(2)).waitFor();
  await page.clock.fastForward(5_000);
  expect(await readBySari()).toBe(1);
  await page.mouse.move(200, 200);
  await page.clock.fastForward(5_000);
  await expect.poll(readBySari).toBe(2);
  await page.context().close();
});
