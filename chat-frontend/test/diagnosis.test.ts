import type { Page, Route } from 'playwright-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, LAN_HOST, PHONE, PUBLIC_HOST, type Visit, visitAs } from './support/browser.ts';
import { pollAgain } from './support/page-actions.ts';

// Through its tunnel a box may have any name; from this machine it answers under those it knows.
const box = openBox({ ALLOWED_HOSTS: PUBLIC_HOST });
let ani: Person;
let here: Visit | undefined;
beforeAll(async () => {
  ani = await signUp(box.url, 'ani');
});
afterEach(() => here?.context.close());

/** Opens Ani's page by a host name, with a clock that the test advances. */
async function open(host: string, options = DESKTOP) {
  const url = box.url.replace('127.0.0.1', host);
  here = await visitAs(ani, box.browser, url, options, (page) => page.clock.install());
  await here.page.getByRole('navigation', { name: 'Daftar chat' }).waitFor();
  return here.page;
}

async function breakApi(page: Page, answer: (route: Route) => Promise<void>): Promise<void> {
  await page.route(/\/api\//, answer);
  await pollAgain(page);
}

/** Waits for a condition while the page's clock runs faster than that of the test. */
async function waitUntil(page: Page, isSo: () => Promise<boolean>): Promise<void> {
  const check = async () => {
    await page.clock.fastForward(500);
    return isSo();
  };
  await expect.poll(check).toBe(true);
}

/** The hops with their marks, once the text is shown. */
async function hops(page: Page, words: string): Promise<string[]> {
  const banner = page.locator('.banner');
  await waitUntil(page, () => banner.isVisible());
  if ((await banner.getAttribute('aria-expanded')) === 'false') await banner.click();
  await waitUntil(page, () => page.getByText(words).isVisible());
  return page.locator('.hop').allTextContents();
}

test('an error of the tunnel is distinguished from a network without internet, and the banner goes when the box answers again', async () => {
  const page = await open(PUBLIC_HOST);
  await breakApi(page, (route) => route.fulfill({ status: 530, body: 'error code: 1033' }));
  expect(await hops(page, 'Terowongan ke kotak putus')).toEqual([
    '✓Jaringanmu',
    '✗Terowongan',
    '·Kotak',
    '·Segel',
  ]);
  await page.unroute(/\/api\//);
  await page.route(/\/api\//, (route) => route.abort());
  expect(await hops(page, 'Jaringanmu tidak sampai ke internet')).toContain('✗Jaringanmu');
  await page.unroute(/\/api\//);
  await pollAgain(page);
  await waitUntil(page, () => page.locator('.banner').isHidden());
});

test('on the home network a box that does not answer is diagnosed as unreachable', async () => {
  const page = await open(LAN_HOST);
  await breakApi(page, (route) => route.abort());
  expect(await hops(page, 'Kotak tidak terjangkau')).toContain('✗Kotak');
});

test('a network with a captive portal is diagnosed as such', async () => {
  const page = await open(PUBLIC_HOST);
  await breakApi(page, (route) => route.fulfill({ status: 200, body: '<h1>Wi-Fi</h1>' }));
  expect(await hops(page, 'Jaringan ini menjawab atas nama kotak')).toContain('✗Jaringanmu');
});

test('a full disk of the box and an absent cipher have messages of their own, which fit a phone', async () => {
  const page = await open(LAN_HOST, PHONE);
  const failWith = (code: string) => (route: Route) =>
    route.fulfill({ status: 503, json: { error: 'x', code } });
  await breakApi(page, failWith('DISK_FULL'));
  expect(await hops(page, 'Penyimpanan kotak penuh')).toContain('✗Kotak');
  await page.unroute(/\/api\//);
  await page.route(/\/api\//, failWith('CIPHER_UNAVAILABLE'));
  expect(await hops(page, 'Layanan segel sedang tidak ada')).toEqual([
    '✓Jaringanmu',
    '✓Terowongan',
    '✓Kotak',
    '✗Segel',
  ]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
});
