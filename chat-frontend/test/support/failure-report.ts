import type { BrowserContext } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** How many of the newest log lines are printed, and how many characters of each page. */
const MAX_LINES = 60;
const MAX_CHARACTERS = 1_500;

/**
 * Closes a context after the running test, so that its pages do not slow down the next one. When the test failed, first
 * prints what each page of the context shows, its requests and its faults.
 */
export function closeAfterTest(context: BrowserContext, faults: readonly string[]): void {
  const began = performance.now();
  const log: string[] = [];
  const record = (line: string) => {
    log.push(`${Math.round(performance.now() - began)} ms ${line}`);
    if (log.length > MAX_LINES) log.shift();
  };
  const pathOf = (url: string) => url.replace(/^https?:\/\/[^/]+/, '').slice(0, 80);
  context.on('request', (request) => record(`${request.method()} ${pathOf(request.url())}`));
  context.on('response', (response) => record(`${response.status()} ${pathOf(response.url())}`));
  context.on('requestfailed', (request) =>
    record(`${request.failure()?.errorText} ${pathOf(request.url())}`),
  );
  let isOpen = true;
  context.on('close', () => {
    isOpen = false;
  });
  onTestFinished(async ({ task }) => {
    if (!isOpen) return;
    if (task.result?.state === 'fail') {
      for (const page of context.pages()) {
        const shown = page.locator('body').ariaSnapshot({ timeout: 10_000 }).catch(String);
        console.log(`${page.url()} showed:\n${(await shown).slice(0, MAX_CHARACTERS)}`);
      }
      console.log([...log, ...faults].join('\n'));
    }
    // A route handler may still wait for its response.
    const owners = [context, ...context.pages()];
    await Promise.all(owners.map((owner) => owner.unrouteAll({ behavior: 'ignoreErrors' })));
    await context.close();
  });
}
