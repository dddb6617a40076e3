import type { BrowserContextOptions, Page } from 'playwright-core';
import { addFigure, number } from '../../chat-core/bench/report.ts';
import { DESKTOP, visit } from '../test/support/browser.ts';
import { LINE, slow } from './slow.ts';
import { PHONE, type Stage } from './stage.ts';

const MOST = 0.02;

/** What browsers tell of one shift: how much, and what moved. */
type Shift = { value: number; moved: string };
type Entry = PerformanceEntry & {
  value: number;
  hadRecentInput: boolean;
  sources: { node: Node | null }[];
};

/** How far things move by themselves on the way from the first load into a chat, and when the network goes. */
export async function benchShifts(stage: Stage): Promise<void> {
  for (const [size, options] of [
    ['phone', PHONE],
    ['desktop', DESKTOP],
  ] as const) {
    const { sum, told } = await journey(stage, options);
    addFigure(
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
    const shifts: Shift[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Entry[]) {
        // As browsers count it: what follows a touch is expected.
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
    for (const { value, moved } of await takeShifts(page)) {
      sum += value;
      told.push(`${name} ${number(value, 4)}: ${moved}`);
    }
  }
  await context.close();
  return { sum, told: `${number(sum, 4)}${told.length > 0 ? ` (${told.join(', ')})` : ''}` };
}

function takeShifts(page: Page): Promise<Shift[]> {
  return page.evaluate(() => (window as unknown as { shifts: Shift[] }).shifts.splice(0));
}
