import type { Page } from 'playwright-core';
import { number, tell } from '../../chat-core/bench/table.ts';
import { phone, type Stage } from './stage.ts';
import { countingWay } from './wire.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MOST_BYTES = 600_000;
const PACE_HEADER = 'poll-after-ms';

/**
 * What a tab that nobody sees costs in a day without news: the bytes of what it sends and gets in a while, and how often
 * the box asks it to come back.
 */
export async function benchHidden(stage: Stage, ms: number): Promise<void> {
  const way = await countingWay(stage.port);
  const { context, page } = await phone({ ...stage, url: way.url });
  try {
    const paces: number[] = [];
    page.on('response', async (answer) => {
      if (!answer.url().includes('/sync?')) return;
      const pace = Number(await answer.headerValue(PACE_HEADER));
      if (answer.url().includes('hidden') && answer.status() === 204) paces.push(pace);
    });
    await page.goto(way.url);
    await page.locator('.chats-waiting').waitFor({ state: 'hidden' });
    const polled = page.waitForResponse((answer) => answer.url().includes('hidden'));
    await hide(page);
    await polled;
    paces.length = 0;
    const before = { ...way.counted };
    await page.waitForTimeout(ms);
    const [up, down] = [way.counted.up - before.up, way.counted.down - before.down];
    const polls = paces.length;
    if (polls === 0) throw new Error('no poll came');
    const paceMs = paces.reduce((sum, pace) => sum + pace, 0) / polls;
    const bytes = (up + down) / polls;
    const day = (bytes * DAY_MS) / paceMs;
    tell(
      'a tab hidden for a day without news, by HTTP/1.1, TLS left out',
      `${number(day / 1e6, 2)} MB (${number(DAY_MS / paceMs)} polls of ${number(bytes)} bytes, ${number(up / polls)} of them asked; ${polls} polls in ${number(ms / 60_000, 1)} minutes)`,
      `≤ ${MOST_BYTES / 1e6} MB`,
      day <= MOST_BYTES,
    );
  } finally {
    await context.close();
    await way.close();
  }
}

/** No browser without a screen ever hides a tab: the page is told so. */
async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
  });
}
