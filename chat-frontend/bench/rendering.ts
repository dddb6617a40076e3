import type { Page } from 'playwright-core';
import { addFigure, median, number } from '../../chat-core/bench/report.ts';
import { watchRows } from '../test/support/touched-rows.ts';
import { nextLayout, slow, type Work, workOf } from './slow.ts';
import { MESSAGES, phone, type Stage } from './stage.ts';

const SHOW_MS = 50;
/** No script of the bench runs in the page meanwhile, since it would be measured; the chat is not marked read yet. */
const SETTLE_MS = 1_000;
/** With the messages of the rounds still within 300, from where the oldest are taken out together (decision 0022). */
const LONG_CHAT = 280;
const ARRIVE_MS = 8;

/** The cost of opening a chat of forty messages, and of one message that arrives in a chat of about three hundred. */
export async function benchRendering(stage: Stage, rounds: number): Promise<void> {
  await benchOpening(stage, rounds);
  await benchArriving(stage, rounds * 4);
}

/** Opens the chat each time in a page that was just loaded, with the messages in the local database. */
async function benchOpening(stage: Stage, rounds: number): Promise<void> {
  const { context, page } = await phone(stage);
  await page.goto(stage.url);
  await open(page, stage);
  const cdp = await slow(page, false);
  const works: Work[] = [];
  for (let n = 0; n < rounds; n++) {
    await page.goto('about:blank');
    await page.goto(`${stage.url}/#/chats`);
    await page.locator('.chats-loading').waitFor({ state: 'hidden' });
    await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => undefined);
    works.push(
      await workOf(cdp, page, async () => {
        await goTo(page, stage);
        await page.waitForTimeout(SETTLE_MS);
      }),
    );
    await seeAll(page);
  }
  await context.close();
  const all = works.map(({ scriptMs, layoutMs }) => scriptMs + layoutMs);
  const ms = median(all);
  addFigure(
    `opening a chat of ${MESSAGES} stored messages: scripting, styling and layout, 4× slower`,
    `${number(ms, 1)} ms (${number(Math.min(...all), 1)}–${number(Math.max(...all), 1)}; scripting ${number(median(works.map(({ scriptMs }) => scriptMs)), 1)})`,
    `≤ ${SHOW_MS} ms`,
    ms <= SHOW_MS,
  );
}

async function open(page: Page, stage: Stage): Promise<void> {
  await goTo(page, stage);
  await seeAll(page);
}

async function goTo(page: Page, { chatId }: Stage): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/chat/${chatId}`);
}

async function seeAll(page: Page): Promise<void> {
  await page.waitForFunction((count) => document.querySelectorAll('.row').length >= count, MESSAGES);
}

async function benchArriving(stage: Stage, rounds: number): Promise<void> {
  for (let n = MESSAGES; n < LONG_CHAT; n++) await stage.say(`pesan ${n}`);
  const { context, page } = await phone(stage);
  await page.goto(stage.url);
  await open(page, stage);
  while ((await page.locator('.row').count()) < LONG_CHAT) {
    const before = await page.locator('.row').count();
    await page.locator('.timeline-scroll').evaluate((node) => node.scrollTo(0, 0));
    await page.waitForFunction((count) => document.querySelectorAll('.row').length > count, before);
  }
  await page.locator('.timeline-scroll').evaluate((node) => node.scrollTo(0, node.scrollHeight));
  const cdp = await slow(page, false);
  const takeRows = await watchRows(page);
  const works: Work[] = [];
  const touched: number[] = [];
  for (let n = 0; n < rounds; n++) {
    await nextLayout(page);
    await takeRows();
    const text = `baru ${n}`;
    works.push(
      await workOf(cdp, page, async () => {
        await stage.say(text);
        await page.waitForFunction(
          (awaited) =>
            document.querySelector('.timeline-list')?.lastElementChild?.textContent?.includes(awaited),
          text,
        );
      }),
    );
    const rows = await takeRows();
    if (!rows.includes(text)) throw new Error(`“${text}” did not arrive in time`);
    touched.push(rows.length);
  }
  await context.close();
  // The first run includes compilation.
  const times = works.slice(1).map(({ scriptMs }) => scriptMs);
  const ms = median(times);
  addFigure(
    `one message arrives in a chat of ${LONG_CHAT}: scripting, 4× slower`,
    `${number(ms, 1)} ms (${number(Math.min(...times), 1)}–${number(Math.max(...times), 1)}; styling and layout ${number(median(works.map(({ layoutMs }) => layoutMs)), 1)})`,
    `≤ ${ARRIVE_MS} ms`,
    ms <= ARRIVE_MS,
  );
  const max = Math.max(...touched);
  addFigure(`rows of the ${LONG_CHAT} that it changes, itself included`, String(max), '1', max === 1);
}
