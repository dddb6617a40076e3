import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, inject } from 'vitest';
import { type Pair, startPair } from '../../../chat-core/test/support/pair.ts';
import { openBrowser } from './browser.ts';

/** The real pair, which serves the page as it is now, and a browser to visit it with. */
export type Box = { pair: Pair; browser: Browser; url: string };

/** A box for all tests of a file, with variables of its own: there before the first, and before what the file itself prepares; gone after the last. */
export function openBox(env: Record<string, string> = {}): Box {
  const box = {} as Box;
  const opened: (() => void | Promise<void>)[] = [];
  beforeAll(async () => {
    box.pair = await startPair({ FRONTEND_DIR: inject('pageDir'), ...env });
    opened.push(box.pair.stop);
    box.url = box.pair.url;
    box.browser = await openBrowser();
    opened.push(() => box.browser.close());
  });
  afterAll(async () => {
    for (const close of opened.reverse()) await close();
  });
  return box;
}
