import type { BrowserContext } from 'playwright-core';
import { onTestFailed } from 'vitest';

/** So many of the newest lines are told, and so much of a page. */
const LINES = 60;
const LETTERS = 1_500;

/** Where the running test fails: tells what each page of somebody's showed then, and what it had asked. */
export function reportOnFailure(context: BrowserContext, faults: readonly string[]): void {
  const began = performance.now();
  const log: string[] = [];
  const note = (line: string) => {
    log.push(`${Math.round(performance.now() - began)} ms ${line}`);
    if (log.length > LINES) log.shift();
  };
  const pathOf = (url: string) => url.replace(/^https?:\/\/[^/]+/, '').slice(0, 80);
  context.on('request', (request) => note(`${request.method()} ${pathOf(request.url())}`));
  context.on('response', (response) => note(`${response.status()} ${pathOf(response.url())}`));
  context.on('requestfailed', (request) => note(`${request.failure()?.errorText} ${pathOf(request.url())}`));
  onTestFailed(async () => {
    for (const page of context.pages()) {
      const shown = page.locator('body').ariaSnapshot({ timeout: 10_000 }).catch(String);
      console.log(`${page.url()} showed:\n${(await shown).slice(0, LETTERS)}`);
    }
    console.log([...log, ...faults].join('\n'));
  });
}
