import type { BrowserContextOptions, Page } from 'playwright-core';
import { number, tell } from '../../chat-core/bench/table.ts';
import { DESKTOP, visit } from '../test/support/browser.ts';
import { LINE, slow } from './slow.ts';
import { PHONE, type Stage } from './stage.ts';

const MOST = 0.02;

/** How far things move by themselves on the way from the first load into a chat, and when the network goes. */
export async function benchShifts(stage: Stage): Promise<void> {
  for (const [size, options] of [
    ['phone', PHONE],
    ['desktop', DESKTOP],
  ] as const) {
    const { sum, told } = await journey(stage, options);
    tell(
      `layout shift from the first load to a message that arrives and a banner, ${size}`,
      told,
      `≤ ${MOST}`,
      sum <= MOST,
    );
  }
}

async function journey(stage: Stage, options: BrowserContextOptions): Promise<{ sum: number; told: string }> {
  const { context, page } = await visit(stage.browser, 'about:blank', options);
  const cdp = await slow(page, true);
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
      })[]) {
        // As browsers count it: what follows a touch is expected.
        if (!entry.hadRecentInput) shifts.push(entry.value);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  const { member, chatId } = stage;
  const steps: [string, () => Promise<unknown>][] = [
    ['first load', () => page.goto(stage.url)],
    [
      'log in',
      async () => {
        await page.locator('input[name=username]').fill(member.username);
        await page.locator('input[name=password]').fill(member.password);
        await page.locator('button[type=submit]').click();
        await page.locator('.chats-list > li').first().waitFor();
      },
    ],
    [
      'open a chat',
      async () => {
        await page.locator(`.chats-list a[href="#/chat/${chatId}"]`).click();
        await page.locator('.row').nth(39).waitFor();
      },
    ],
    [
      'a message arrives',
      async () => {
        const text = `kabar ${Date.now()}`;
        await stage.say(text);
        await page.locator('.timeline-list').getByText(text).waitFor();
      },
    ],
    [
      'a banner appears',
      async () => {
        await cdp.send('Network.emulateNetworkConditions', { ...LINE, offline: true });
        await page.locator('.banner:visible').waitFor();
      },
    ],
  ];
  let sum = 0;
  const told: string[] = [];
  for (const [name, step] of steps) {
    await step();
    // What comes late is to be counted too: pictures, and the frame in which it is told.
    await page.waitForTimeout(2_000);
    const shift = await takeShifts(page);
    sum += shift;
    if (shift > 0) told.push(`${name} ${number(shift, 4)}`);
  }
  await context.close();
  return { sum, told: `${number(sum, 4)}${told.length > 0 ? ` (${told.join(', ')})` : ''}` };
}

function takeShifts(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { shifts } = window as unknown as { shifts: number[] };
    return shifts.splice(0).reduce((sum, value) => sum + value, 0);
  });
}
