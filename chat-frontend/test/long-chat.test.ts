import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { Message } from '../../chat-core/src/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, remember, visit } from './support/browser.ts';
import { openChat } from './support/moves.ts';

const box = openBox();
const COUNT = 1_000;
const LANES = 20;
let sari: Person;
let budi: Person;

const say = (message: string) => budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message });

beforeAll(async () => {
  [sari, budi] = await Promise.all([signUp(box.url, 'sari'), signUp(box.url, 'budi')]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
  // Side by side they share commits; in which order they are stored, the box says.
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    for (let n = lane; n < COUNT; n += LANES) await say(`pesan ${n}`);
  });
  await Promise.all(lanes);
});

/** All that the box holds, oldest first. */
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

type Anchored = Window & typeof globalThis & { anchor: HTMLElement };

/** Scrolls to the first message that is there, and notes it and its place in the same breath. */
const toTop = (page: Page) =>
  page.locator('.timeline-scroll').evaluate((scroller) => {
    scroller.scrollTo(0, 0);
    const anchor = document.querySelector<HTMLElement>('.bubble') as HTMLElement;
    Object.assign(window, { anchor });
    return anchor.getBoundingClientRect().top;
  });

/** Where the same node is now; undefined when it is no longer in the page. */
const anchorAt = (page: Page) =>
  page.evaluate(() => {
    const { anchor } = window as Anchored;
    return anchor.isConnected ? anchor.getBoundingClientRect().top : undefined;
  });

test.each([
  ['a desk', DESKTOP],
  ['a phone', PHONE],
] as const)(
  'a thousand messages are read back to the first one on %s while others arrive: what is read stays in its place',
  async (_, size) => {
    const { page, context, faults } = await visit(box.browser, box.url, size);
    await remember(page, sari);
    await openChat(page, 'budi');
    const count = () => page.locator('.bubble').count();
    await expect.poll(count).toBeGreaterThanOrEqual(40);
    for (let held = 40; !(await page.locator('.timeline-start').isVisible()); held = await count()) {
      const before = await toTop(page);
      await say(`kabar setelah ${held}`);
      await expect.poll(count).toBeGreaterThan(held + 1);
      expect(Math.abs(((await anchorAt(page)) ?? Number.NaN) - before)).toBeLessThanOrEqual(1);
    }
    const all = await stored();
    expect(all.length).toBeGreaterThanOrEqual(COUNT);
    await expect.poll(() => page.locator('.bubble-text').allTextContents()).toEqual(all);
    expect(faults).toEqual([]);
    await context.close();
  },
);
