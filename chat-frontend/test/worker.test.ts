import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Pair, startPair } from '../../chat-core/test/support/pair.ts';
import { signUpPairs } from '../../chat-core/test/support/person.ts';
import { LAN_HOST, openBrowser, storeSession, visit, WITH_WORKER, waitForWorker } from './support/browser.ts';
import { buildPage } from './support/built-page.ts';
import { openChat, row, waitForDraftStored, write } from './support/page-actions.ts';

let pair: Pair;
let browser: Browser;
let built: ReturnType<typeof buildPage>;

beforeAll(async () => {
  built = buildPage();
  pair = await startPair({ FRONTEND_DIR: built.folder });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await pair?.stop();
  built?.remove();
});

/** The paths of everything in the caches of the worker. */
function cachedPaths(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys()) {
      for (const request of await (await caches.open(name)).keys()) paths.push(new URL(request.url).pathname);
    }
    return paths.sort();
  });
}

/** The URL of the main script of the page. */
const script = (page: Page) => page.evaluate(() => document.querySelector('script')?.src);

test('the page can be installed: the browser reports nothing missing', async () => {
  const { context, page, faults } = await visit(browser, pair.url, WITH_WORKER);
  await waitForWorker(page);
  const cdp = await context.newCDPSession(page);
  const { errors, data } = await cdp.send('Page.getAppManifest');
  const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
  expect(errors).toEqual([]);
  expect(JSON.parse(data ?? '{}')).toMatchObject({ id: '/', name: 'Bisik', display: 'standalone' });
  // A context without a profile is incognito, where nothing can be installed.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

test('the worker script is revalidated each time and has the content security policy of the page', async () => {
  const { headers } = await fetch(`${pair.url}/sw.js`);
  expect(headers.get('cache-control')).toBe('no-cache');
  expect(headers.get('content-type')).toMatch(/^text\/javascript/);
  expect(headers.get('content-security-policy')).toContain(
    "default-src 'none'; script-src 'self'; worker-src 'self'",
  );
  const manifest = await fetch(`${pair.url}/manifest.webmanifest`);
  expect(manifest.headers.get('content-type')).toMatch(/^application\/manifest\+json/);
});

test('the page opens with box and internet off, says so, and still has the draft', async () => {
  const [[ani, budi] = []] = await signUpPairs(pair.url, 'off', 1);
  if (!ani || !budi) throw new Error('no pair');
  const { context, page } = await visit(browser, pair.url, WITH_WORKER);
  await waitForWorker(page);
  await storeSession(page, ani);
  await openChat(page, budi.username);
  await page.getByLabel('Tulis pesan').fill('belum selesai');
  await waitForDraftStored(page, 'belum selesai');

  await context.setOffline(true);
  await page.reload();
  // The reload may use another process, which does not know yet that it is offline.
  await context.setOffline(true);
  await page.getByText('Tidak ada jaringan').first().waitFor();
  expect(await page.evaluate(() => navigator.serviceWorker.controller?.state)).toBe('activated');

  await context.setOffline(false);
  await page.getByRole('heading', { name: budi.username }).waitFor();
  expect(await page.getByLabel('Tulis pesan').inputValue()).toBe('belum selesai');
  await context.close();
});

test('the worker caches the files of its build and never a response of the API', async () => {
  const [[ani, budi] = []] = await signUpPairs(pair.url, 'cached', 1);
  if (!ani || !budi) throw new Error('no pair');
  const { context, page, faults } = await visit(browser, pair.url, WITH_WORKER);
  await waitForWorker(page);
  await storeSession(page, ani);
  await openChat(page, budi.username);
  await page.evaluate(() =>
    Promise.all(['/api/health/ready', '/api-docs/', '/health/live'].map((path) => fetch(path))),
  );
  for (const path of await cachedPaths(page)) {
    expect(path).toMatch(
      /^\/(language|assets\/[\w.-]+|icons\/[\w-]+\.png|favicon\.svg|manifest\.webmanifest)?$/,
    );
  }
  expect(faults).toEqual([]);
  await context.close();
});

test('over plain http on the home network there is no worker, and the page works', async () => {
  const lan = pair.url.replace('127.0.0.1', LAN_HOST);
  const { context, page, faults } = await visit(browser, lan, WITH_WORKER);
  await page.getByRole('button', { name: 'Masuk', exact: true }).waitFor();
  expect(await page.evaluate(() => 'serviceWorker' in navigator)).toBe(false);
  expect(faults).toEqual([]);
  await context.close();
});

test('a new version waits until the person reloads, and neither a draft nor a waiting message is lost', async () => {
  const [[ani, budi] = []] = await signUpPairs(pair.url, 'new', 1);
  if (!ani || !budi) throw new Error('no pair');
  const { context, page } = await visit(browser, pair.url, WITH_WORKER);
  await waitForWorker(page);
  await storeSession(page, ani);
  await openChat(page, budi.username);
  const old = await script(page);

  const other = await context.newPage();
  await other.goto(`${pair.url}/#/settings`);
  await other.getByRole('heading', { name: 'Akun & pengaturan' }).waitFor();
  await page.bringToFront();

  // The same page with the full URL of the same API is another build.
  const next = buildPage(`${pair.url}/api`);
  rmSync(join(built.folder, 'assets'), { recursive: true });
  cpSync(next.folder, built.folder, { recursive: true });
  next.remove();
  await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));

  const take = page.getByRole('button', { name: 'Muat ulang' });
  await take.waitFor();
  expect(await script(page)).toBe(old);
  await page.route(/\/api\/chat\/send/, (route) => route.abort());
  await write(page, 'menunggu');
  await row(page, 'menunggu').waitFor();
  // Typed at the last moment: only the reload itself can store it.
  await page.getByLabel('Tulis pesan').fill('masih menulis');
  await take.click();
  await page.waitForFunction((before) => document.querySelector('script')?.src !== before, old);
  await page.getByRole('heading', { name: budi.username }).waitFor();
  expect(await page.getByLabel('Tulis pesan').inputValue()).toBe('masih menulis');
  await row(page, 'menunggu').waitFor();
  await expect.poll(() => take.count()).toBe(0);

  // The other tab was not reloaded; it offers the reload too.
  expect(await script(other)).toBe(old);
  await other.getByRole('button', { name: 'Muat ulang' }).click();
  await other.waitForFunction((before) => document.querySelector('script')?.src !== before, old);
  await context.close();
});
