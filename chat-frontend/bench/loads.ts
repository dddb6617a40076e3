import type { Page } from 'playwright-core';
import { addFigure, median, number } from '../../chat-core/bench/report.ts';
import { waitForWorker } from '../test/support/browser.ts';
import { slow } from './slow.ts';
import { phone, type Stage } from './stage.ts';

const FIRST_MS = 3000;
const REPEAT_MS = 1000;
const FORM = 'input[name=username]';
const CHATS = '.chats-list > li';

/** How long it takes until the page can be used, for a stranger and for a member, the first time and again. */
export async function benchLoads(stage: Stage, rounds: number): Promise<void> {
  for (const [who, signedIn, usable] of [
    ['the log-in form', false, FORM],
    ['the chats of somebody signed in', true, CHATS],
  ] as const) {
    const kinds = { first: [] as number[], again: [] as number[], plain: [] as number[] };
    for (let n = 0; n < rounds; n++) {
      const { context, page } = await phone(stage, { signedIn, worker: true });
      kinds.first.push(await usableAfter(page, stage.url, usable));
      await waitForWorker(page);
      kinds.again.push(await usableAfter(await context.newPage(), stage.url, usable));
      await context.close();
      const bare = await phone(stage, { signedIn });
      await usableAfter(bare.page, stage.url, usable);
      kinds.plain.push(await usableAfter(await bare.context.newPage(), stage.url, usable));
      await bare.context.close();
    }
    report(`${who} usable, first load`, kinds.first, FIRST_MS);
    report(`${who} usable, again`, kinds.again, REPEAT_MS);
    report(`the same on plain http, where no worker keeps the page`, kinds.plain, REPEAT_MS);
  }
}

/** Milliseconds from the wish to see the page until what is wanted stands there and the page rests. */
async function usableAfter(page: Page, url: string, selector: string): Promise<number> {
  await slow(page, true);
  await page.addInitScript((wanted) => {
    const usable = new Promise<number>((done) => {
      const look = () => {
        if (!document.querySelector(wanted)) return void requestAnimationFrame(look);
        requestAnimationFrame(() => setTimeout(() => done(performance.now())));
      };
      look();
    });
    Object.assign(window, { usable });
  }, selector);
  await page.goto(url, { waitUntil: 'commit' });
  return page.evaluate(() => (window as unknown as { usable: Promise<number> }).usable);
}

function report(figure: string, times: number[], goalMs: number): void {
  const ms = median(times);
  addFigure(
    `${figure}, 400 kb/s, 400 ms, 4× slower`,
    `${number(ms)} ms (${number(Math.min(...times))}–${number(Math.max(...times))})`,
    `≤ ${number(goalMs)} ms`,
    ms <= goalMs,
  );
}
