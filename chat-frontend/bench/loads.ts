import type { Page } from 'playwright-core';
import { addFigure, median, number } from '../../chat-core/bench/report.ts';
import { waitForWorker } from '../test/support/browser.ts';
import { slow } from './slow.ts';
import { phone, type Stage } from './stage.ts';

const FIRST_MS = 3000;
const REPEAT_MS = 1000;
const FORM = 'input[name=username]';
const CHATS = '.chats-list > li';

/** The time until the page can be used, signed out and signed in, on the first load and on a repeated one. */
export async function benchLoads(stage: Stage, rounds: number): Promise<void> {
  for (const [who, signedIn, usable] of [
    ['the log-in form', false, FORM],
    ['the chats of a signed-in person', true, CHATS],
  ] as const) {
    const times = { first: [] as number[], again: [] as number[], plain: [] as number[] };
    for (let n = 0; n < rounds; n++) {
      const { context, page } = await phone(stage, { signedIn, worker: true });
      times.first.push(await usableAfter(page, stage.url, usable));
      await waitForWorker(page);
      times.again.push(await usableAfter(await context.newPage(), stage.url, usable));
      await context.close();
      const plain = await phone(stage, { signedIn });
      await usableAfter(plain.page, stage.url, usable);
      times.plain.push(await usableAfter(await plain.context.newPage(), stage.url, usable));
      await plain.context.close();
    }
    report(`${who} usable, first load`, times.first, FIRST_MS);
    report(`${who} usable, again`, times.again, REPEAT_MS);
    report('the same on plain http, without a service worker', times.plain, REPEAT_MS);
  }
}

/** Milliseconds from the navigation until an element is there, its frame is drawn and the main thread is idle. */
async function usableAfter(page: Page, url: string, selector: string): Promise<number> {
  await slow(page, true);
  await page.addInitScript((awaited) => {
    const usable = new Promise<number>((done) => {
      const check = () => {
        if (!document.querySelector(awaited)) return void requestAnimationFrame(check);
        requestAnimationFrame(() => setTimeout(() => done(performance.now())));
      };
      check();
    });
    Object.assign(window, { usable });
  }, selector);
  await page.goto(url, { waitUntil: 'commit' });
  return page.evaluate(() => (window as unknown as { usable: Promise<number> }).usable);
}

function report(figure: string, values: number[], goalMs: number): void {
  const ms = median(values);
  addFigure(
    `${figure}, 400 kb/s, 400 ms, 4× slower`,
    `${number(ms)} ms (${number(Math.min(...values))}–${number(Math.max(...values))})`,
    `≤ ${number(goalMs)} ms`,
    ms <= goalMs,
  );
}
