import type { Page } from 'playwright-core';
import { addFigure, number } from '../../chat-core/bench/report.ts';
import { pollInterval } from '../../chat-core/src/sync/poll-interval.ts';
import { phone, type Stage } from './stage.ts';
import { startCountingProxy } from './wire.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_BYTES = 600_000;

/**
 * The traffic of a hidden tab in a day without changes: the bytes it sends and receives per poll, measured for some
 * minutes, times the number of polls that the server asks for in a day.
 */
export async function benchHidden(stage: Stage, ms: number): Promise<void> {
  const proxy = await startCountingProxy(stage.port);
  const { context, page } = await phone({ ...stage, url: proxy.url });
  try {
    let polls = 0;
    page.on('response', (response) => {
      if (response.url().includes('activity=hidden') && response.status() === 204) polls += 1;
    });
    await page.goto(proxy.url);
    await page.locator('.chats-loading').waitFor({ state: 'hidden' });
    const polled = page.waitForResponse((response) => response.url().includes('activity=hidden'));
    await hide(page);
    await polled;
    await page.waitForTimeout(1_000);
    polls = 0;
    const before = { ...proxy.counted };
    await page.waitForTimeout(ms);
    const [up, down] = [proxy.counted.up - before.up, proxy.counted.down - before.down];
    if (polls === 0) throw new Error('no poll was seen');
    const bytes = (up + down) / polls;
    const day = bytes * pollsPerDay();
    addFigure(
      'a tab hidden for a day without news, HTTP/1.1, without TLS',
      `${number(day / 1e6, 2)} MB: ${number(pollsPerDay())} polls of ${number(bytes)} bytes, ${number(up / polls)} of them sent; seen ${polls} in ${number(ms / 60_000, 1)} minutes`,
      `≤ ${MAX_BYTES / 1e6} MB`,
      day <= MAX_BYTES,
    );
  } finally {
    await context.close();
    await proxy.close();
  }
}

/** By the server's own rule, without load. */
function pollsPerDay(): number {
  let polls = 0;
  for (let ms = 0; ms < DAY_MS; polls += 1) {
    ms += pollInterval({ activity: 'hidden', changedMs: ms, wasHeld: false, load: 0 }, () => 0.5);
  }
  return polls;
}

/** A headless browser never hides a tab, so the page gets the state and the event of a hidden one. */
async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
  });
}
