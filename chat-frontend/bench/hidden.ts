import type { Page } from 'playwright-core';
import { addFigure, number } from '../../chat-core/bench/report.ts';
import { pollInterval } from '../../chat-core/src/sync/poll-interval.ts';
import { phone, type Stage } from './stage.ts';
import { countingWay } from './wire.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_BYTES = 600_000;

/**
 * What a tab that nobody sees costs in a day without news: the bytes of what it sends and gets in some minutes, for each
 * poll, times the polls that the box asks for in a day.
 */
export async function benchHidden(stage: Stage, ms: number): Promise<void> {
  const way = await countingWay(stage.port);
  const { context, page } = await phone({ ...stage, url: way.url });
  try {
    let polls = 0;
    page.on('response', (answer) => {
      if (answer.url().includes('activity=hidden') && answer.status() === 204) polls += 1;
    });
    await page.goto(way.url);
    await page.locator('.chats-loading').waitFor({ state: 'hidden' });
    const polled = page.waitForResponse((answer) => answer.url().includes('activity=hidden'));
    await hide(page);
    await polled;
    await page.waitForTimeout(1_000);
    polls = 0;
    const before = { ...way.counted };
    await page.waitForTimeout(ms);
    const [up, down] = [way.counted.up - before.up, way.counted.down - before.down];
    if (polls === 0) throw new Error('no poll came');
    const bytes = (up + down) / polls;
    const day = bytes * pollsOfADay();
    addFigure(
      'a tab hidden for a day without news, HTTP/1.1, without TLS',
      `${number(day / 1e6, 2)} MB: ${number(pollsOfADay())} polls of ${number(bytes)} bytes, ${number(up / polls)} of them asked; seen ${polls} in ${number(ms / 60_000, 1)} minutes`,
      `≤ ${MAX_BYTES / 1e6} MB`,
      day <= MAX_BYTES,
    );
  } finally {
    await context.close();
    await way.close();
  }
}

/** By the box's own rule, when all is calm. */
function pollsOfADay(): number {
  let polls = 0;
  for (let at = 0; at < DAY_MS; polls += 1) {
    at += pollInterval({ activity: 'hidden', changedMs: at, wasHeld: false, load: 0 }, () => 0.5);
  }
  return polls;
}

/** No browser without a screen ever hides a tab: the page is told so. */
async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
  });
}
