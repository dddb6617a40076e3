/**
 * `npm run screenshots -- [--out=<folder>] [--language=id|en] [--only=<part of a name>]`: a screenshot of every screen
 * and its states, from a real server with invented people, on a phone and a desktop, in the light and the dark theme.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { startService } from '../chat-core/test/support/service.ts';
import { setUp } from '../cipher-service/src/setup.ts';
import { openBrowser } from './test/support/browser.ts';
import { buildPage } from './test/support/built-page.ts';
import { createFixtures } from './test/support/fixtures.ts';
import type { Scene } from './test/support/scenes.ts';
import { tour } from './test/support/tour.ts';

const SIZES: Record<string, BrowserContextOptions> = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1280, height: 800 } },
};
const LOCALES: Record<string, string> = { id: 'id-ID', en: 'en-GB' };

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(tmpdir(), 'bisik-screenshots') },
    language: { type: 'string', default: 'id' },
    only: { type: 'string', default: '' },
  },
});
const locale = LOCALES[values.language];
if (!locale) throw new Error('--language is id or en');
const out = resolve(values.out);
mkdirSync(out, { recursive: true });

const folder = mkdtempSync(join(tmpdir(), 'bisik-fixtures-'));
const [keysDir, dataDir] = [join(folder, 'keys'), join(folder, 'data')];
await setUp(keysDir);
const built = buildPage();
const shared = { KEYS_DIR: keysDir, LOG_LEVEL: 'error' };
const cipher = await startService('cipher-service', { ...shared, CIPHER_PORT: '0' });
const core = await startService('chat-core', {
  ...shared,
  PORT: '0',
  CIPHER_PORT: String(cipher.port),
  DATA_DIR: dataDir,
  FRONTEND_DIR: built.folder,
  FRIENDSHIP: 'request',
  RATE_LIMITS: 'off',
});
const browser = await openBrowser();
try {
  const url = `http://127.0.0.1:${core.port}`;
  const fixtures = await createFixtures(url, core.log());
  for (const [size, options] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const capture = async (page: Page, { name }: Scene) => {
        const path = join(out, `${name}-${size}-${colorScheme}.png`);
        await page.screenshot({ path, animations: 'disabled' });
      };
      await tour({ browser, url }, fixtures, { ...options, colorScheme, locale }, capture, values.only);
    }
  }
  process.stdout.write(`The screenshots are in ${out}.\n`);
} finally {
  await browser.close();
  await core.stop();
  await cipher.stop();
  built.remove();
  rmSync(folder, { recursive: true });
}
