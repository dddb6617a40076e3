import { source } from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { openBox } from './support/box.ts';
import { tour } from './support/tour.ts';
import { settleVillage, type Village } from './support/village.ts';

const box = openBox({ FRIENDSHIP: 'request' });
let village: Village;

beforeAll(async () => {
  village = await settleVillage(box.url);
});

type Finding = { id: string; nodes: { html: string; failureSummary: string }[] };

/** What axe has to say against a page by WCAG 2.2 AA and good practice, one line each. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(source);
  const found = (await page.evaluate('axe.run(document, { preload: false })')) as { violations: Finding[] };
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary}`),
  );
}

const SIZES: [string, BrowserContextOptions][] = [
  ['phone', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
  ['desktop', { viewport: { width: 1280, height: 800 } }],
];

for (const [size, options] of SIZES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing on any screen, ${size}, ${colorScheme}`, async () => {
      const seen: string[] = [];
      await tour(box, village, { ...options, colorScheme }, async (page, { name }) => {
        seen.push(...(await findings(page)).map((finding) => `${name}: ${finding}`));
      });
      expect(seen).toEqual([]);
    });
  }
}
