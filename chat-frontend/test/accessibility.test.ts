import { source } from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { openBox } from './support/box.ts';
import { createFixtures, type Fixtures } from './support/fixtures.ts';
import { tour } from './support/tour.ts';

const box = openBox({ FRIENDSHIP: 'request' });
let fixtures: Fixtures;

beforeAll(async () => {
  fixtures = await createFixtures(box.url, box.pair.core().log());
});

type Finding = { id: string; nodes: { html: string; failureSummary: string }[] };

/** The violations that axe finds in a page by WCAG 2.2 AA and good practice, one line each. */
async function findings(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  const options = JSON.stringify({ preload: false, resultTypes: ['violations'] });
  const found = (await page.evaluate(`axe.run(document, ${options})`)) as { violations: Finding[] };
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary}`),
  );
}

/** Each size and each theme once: all four take twice the time and never found more. */
const VARIANTS: [string, BrowserContextOptions][] = [
  [
    'phone, dark',
    { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: 'dark' },
  ],
  ['desktop, light', { viewport: { width: 1280, height: 800 }, colorScheme: 'light' }],
];

test.each(VARIANTS)('axe finds no violation on any screen: %s', async (_, options) => {
  const seen: string[] = [];
  await tour(box, fixtures, options, async (page, { name }) => {
    seen.push(...(await findings(page)).map((finding) => `${name}: ${finding}`));
  });
  expect(seen).toEqual([]);
});
