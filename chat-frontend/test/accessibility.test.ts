import type { BrowserContextOptions } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { axeFindings } from './support/axe.ts';
import { openBox } from './support/box.ts';
import { createFixtures, type Fixtures } from './support/fixtures.ts';
import { tour } from './support/tour.ts';

const box = openBox({ FRIENDSHIP: 'request' });
let fixtures: Fixtures;

beforeAll(async () => {
  fixtures = await createFixtures(box.url, box.pair.core().log());
});

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
    seen.push(...(await axeFindings(page)).map((finding) => `${name}: ${finding}`));
  });
  expect(seen).toEqual([]);
});
