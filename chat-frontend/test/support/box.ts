import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, inject } from 'vitest';
import { type Pair, startPair } from '../../../chat-core/test/support/pair.ts';
import { openBrowser } from './browser.ts';

/** The real services, which serve the page built from the current source, and a browser. */
export type Box = { pair: Pair; browser: Browser; url: string };

/** One box for all tests of a file: it starts before the file's own `beforeAll` hooks and stops after the last test. `env` adds variables of chat-core. */
export function openBox(env: Record<string, string> = {}): Box {
  const box = {} as Box;
  const cleanups: (() => void | Promise<void>)[] = [];
  beforeAll(async () => {
    box.pair = await startPair({ FRONTEND_DIR: inject('pageDir'), CHEAP_HASHING: 'yes', ...env });
    cleanups.push(box.pair.stop);
    box.url = box.pair.url;
    box.browser = await openBrowser();
    cleanups.push(() => box.browser.close());
  });
  afterAll(async () => {
    for (const close of cleanups.reverse()) await close();
  });
  return box;
}
