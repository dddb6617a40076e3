import { inflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { Message } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { openChat, row, write } from './support/page-actions.ts';

const box = openBox();
const COUNT = 1_000;
const LANES = 20;
let sari: Person;
let budi: Person;

const say = (message: string, replyTo?: number) =>
  budi.post('/chat/send', {
    senderId: budi.id,
    receiverId: sari.id,
    message,
    ...(replyTo ? { replyTo } : {}),
  });

beforeAll(async () => {
  [sari, budi] = await Promise.all([signUp(box.url, 'sari'), signUp(box.url, 'budi')]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
  // Concurrent requests share commits; the box decides the order.
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    for (let n = lane; n < COUNT; n += LANES) await say(`pesan ${n}`);
  });
  await Promise.all(lanes);
});

/** Marks all messages as read: a chat opens where its unread messages begin. */
async function readAll(): Promise<void> {
  const { body } = await sari.get(`/chat/history?myId=${sari.id}&friendId=${budi.id}&limit=1`);
  const [{ conversationId, seq } = {} as Message] = body as Message[];
  await sari.post('/chat/read', { conversationId, seq });
}

/** All messages stored on the box, oldest first. */
async function stored(): Promise<string[]> {
  const texts: string[] = [];
  for (let before = ''; ; ) {
    const { body } = await sari.get(`/chat/history?myId=${sari.id}&friendId=${budi.id}&limit=200${before}`);
    const page = body as Message[];
    texts.unshift(...page.map(({ content }) => content));
    const first = page[0]?.seq ?? 1;
    if (first === 1) return texts;
    before = `&before=${first}`;
  }
}

type Watched = Window & typeof globalThis & { anchor: HTMLElement; texts: string[] };

/** Scrolls to the first loaded message, remembers its node as the anchor, and returns its position. */
const toTop = (page: Page) =>
  page.locator('.timeline-scroll').evaluate((scroller) => {
    scroller.scrollTo(0, 0);
    const anchor = document.querySelector<HTMLElement>('.bubble') as HTMLElement;
    Object.assign(window, { anchor });
    return anchor.getBoundingClientRect().top;
  });

/** The position of the anchor; undefined when it is no longer in the page. */
const anchorAt = (page: Page) =>
  page.evaluate(() => {
    const { anchor } = window as Watched;
    return anchor.isConnected ? anchor.getBoundingClientRect().top : undefined;
  });

/** The texts in the page, and how many messages stand before the anchor. */
const inPage = (page: Page) =>
  page.evaluate(() => {
    const bubbles = [...document.querySelectorAll('.bubble')];
    const texts = bubbles.map((bubble) => bubble.querySelector('.bubble-text')?.textContent ?? '');
    return { texts, before: bubbles.indexOf((window as Watched).anchor) };
  });

test.each([
  ['a desktop', DESKTOP],
  ['a phone', PHONE],
] as const)(
  'while a thousand messages are scrolled back and forth on %s and others arrive, the visible ones stay in place, with at most 300 in the page',
  async (where, size) => {
    await readAll();
    const { page, context, faults } = await visitAs(sari, box.browser, box.url, size);
    await openChat(page, 'budi');
    await expect.poll(async () => (await inPage(page)).texts.length).toBeGreaterThanOrEqual(40);
    const seen: string[][] = [];
    for (let turn = 0; !(await page.locator('.timeline-start').isVisible()); turn++) {
      const before = await toTop(page);
      await say(`kabar ke ${where}: ${turn}`);
      await expect.poll(async () => (await inPage(page)).before).toBeGreaterThan(0);
      expect(Math.abs(((await anchorAt(page)) ?? Number.NaN) - before)).toBeLessThanOrEqual(1);
      const { texts } = await inPage(page);
      expect(texts.length).toBeLessThanOrEqual(300);
      seen.push(texts);
    }
    const all = await stored();
    const rangeFrom = (texts: string[]) => {
      const from = all.indexOf(texts[0] ?? '');
      return all.slice(from, from + texts.length);
    };
    for (const texts of seen) expect(texts).toEqual(rangeFrom(texts));
    const texts = new Set(seen.flat());
    expect(all.slice(0, COUNT).filter((text) => !texts.has(text))).toEqual([]);
    for (let last = ''; last !== all.at(-1); ) {
      await page
        .locator('.timeline-scroll')
        .evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight));
      await expect.poll(async () => (await inPage(page)).texts.at(-1)).not.toBe(last);
      const { texts } = await inPage(page);
      expect(texts.length).toBeLessThanOrEqual(300);
      expect(texts).toEqual(rangeFrom(texts));
      last = texts.at(-1) ?? '';
    }
    await say(`jawaban di ${where}`, 5);
    await row(page, `jawaban di ${where}`).locator('.quote').click();
    await expect.poll(() => page.locator('.row-highlighted .bubble-text').textContent()).toBe(all[4]);
    expect((await inPage(page)).texts.length).toBeLessThanOrEqual(300);
    await write(page, `ditulis di ${where}`);
    await expect.poll(() => page.locator('.bubble-text').last().textContent()).toBe(`ditulis di ${where}`);
    await expect.poll(() => row(page, `ditulis di ${where}`).isVisible()).toBe(true);
    expect(faults).toEqual([]);
    await context.close();
  },
);

/** The number of text objects on each page of a PDF. */
function textsOnPages(pdf: Buffer): number[] {
  const source = pdf.toString('latin1');
  const objects = new Map(
    [...source.matchAll(/(\d+) 0 obj(.*?)endobj/gs)].map(([, id = '', body = '']) => [id, body]),
  );
  return [...objects.values()]
    .filter((body) => /\/Type \/Page\b/.test(body))
    .map((body) => {
      const [, contents = ''] = /\/Contents (\d+) 0 R/.exec(body) ?? [];
      const [, stream = ''] = /stream\r?\n(.*)\r?\nendstream/s.exec(objects.get(contents) ?? '') ?? [];
      return inflateSync(Buffer.from(stream, 'latin1')).toString('latin1').split('Tj').length - 1;
    });
}

test('printing shows every loaded message without a blank page, and the scroll position returns afterwards', async () => {
  const { page, faults } = await visitAs(sari, box.browser, box.url, DESKTOP);
  await openChat(page, 'budi');
  await page.locator('.bubble').last().waitFor();
  const all = await stored();
  // Far enough back that the newest messages leave the page.
  await expect
    .poll(async () => {
      await toTop(page);
      return (await inPage(page)).texts.includes(all.at(-1) ?? '');
    })
    .toBe(false);
  await page.locator('.timeline-scroll').evaluate((scroller) => scroller.scrollBy(0, 3_000));
  await page.evaluate(() => {
    const first = [...document.querySelectorAll<HTMLElement>('.bubble')].find(
      (bubble) => bubble.getBoundingClientRect().top > 100,
    );
    Object.assign(window, { anchor: first });
    window.addEventListener('beforeprint', () => {
      const texts = [...document.querySelectorAll('.bubble-text')].map((text) => text.textContent);
      Object.assign(window, { texts });
    });
  });
  const [before, shown] = [await anchorAt(page), (await inPage(page)).texts];
  const pages = textsOnPages(await page.pdf());
  expect(Math.min(...pages)).toBeGreaterThan(0);
  const printed = await page.evaluate(() => (window as Watched).texts);
  expect(printed.length).toBeGreaterThan(300);
  expect(printed).toEqual(all.slice(-printed.length));
  expect(pages.length).toBeGreaterThan(printed.length / 30);
  expect(await anchorAt(page)).toBe(before);
  expect((await inPage(page)).texts).toEqual(shown);
  expect(faults).toEqual([]);
});
