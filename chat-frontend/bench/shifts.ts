import type { BrowserContextOptions, Page } from 'playwright-core';
import { addFigure, number } from '../../chat-core/bench/report.ts';
import { DESKTOP, visit } from '../test/support/browser.ts';
import { NETWORK, slow } from './slow.ts';
import { PHONE, type Stage } from './stage.ts';

const MAX_SHIFT = 0.02;

/** One layout shift as the browser reports it: its value, and what moved. */
type Shift = { value: number; moved: string };
type Entry = PerformanceEntry & {
  value: number;
  hadRecentInput: boolean;
  sources: { node: Node | null }[];
};

/** The layout shift from the first load into a chat, and when the network fails. */
export async function benchShifts(stage: Stage): Promise<void> {
  for (const [size, options] of [
    ['phone', PHONE],
    ['desktop', DESKTOP],
  ] as const) {
    const { sum, details } = await journey(stage, options);
    addFigure(
      `layout shift from the first load to a message that arrives and a banner, ${size}`,
      details,
      `≤ ${MAX_SHIFT}`,
      sum <= MAX_SHIFT,
    );
  }
}

async function journey(
  stage: Stage,
  options: BrowserContextOptions,
): Promise<{ sum: number; details: string }> {
  const { context, page } = await visit(stage.browser, 'about:blank', options);
  const cdp = await slow(page, true);
  await page.addInitScript(() => {
    const shifts: Shift[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Entry[]) {
        // As in the definition of layout shift, which leaves out what follows an input.
        const { value, sources } = entry;
        const moved = sources.map(({ node }) => (node instanceof Element ? node.className : String(node)));
        if (!entry.hadRecentInput) shifts.push({ value, moved: moved.join(' and ') });
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
        await cdp.send('Network.emulateNetworkConditions', { ...NETWORK, offline: true });
        await page.locator('.banner:visible').waitFor();
      },
    ],
  ];
  let sum = 0;
  const details: string[] = [];
  for (const [name, step] of steps) {
    await step();
    // Late shifts count too: those of pictures, and those that are reported in a later frame.
    await page.waitForTimeout(2_000);
    for (const { value, moved } of await takeShifts(page)) {
      sum += value;
      details.push(`${name} ${number(value, 4)}: ${moved}`);
    }
  }
  await context.close();
  return { sum, details: `${number(sum, 4)}${details.length > 0 ? ` (${details.join(', ')})` : ''}` };
}

function takeShifts(page: Page): Promise<Shift[]> {
  return page.evaluate(() => (window as unknown as { shifts: Shift[] }).shifts.splice(0));
}
