import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Pair, startPair } from '../../chat-core/test/support/pair.ts';
import { signUp } from '../../chat-core/test/support/person.ts';
import { openBrowser, visit } from './support/browser.ts';

let pair: Pair;
let browser: Browser;
beforeAll(async () => {
  [pair, browser] = await Promise.all([startPair(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await pair.stop();
});

it('the API document can be tried in a browser: authorize with a token, execute, read the answer', async () => {
  const ani = await signUp(pair.url, 'ani');
  const { page, faults } = await visit(browser, `${pair.url}/api-docs/`);
  await page.getByRole('button', { name: 'Authorize' }).first().click();
  await page.locator('.auth-container input').fill(ani.token);
  await page.locator('.auth-btn-wrapper button.authorize').click();
  await page.locator('.auth-btn-wrapper button.btn-done').click();

  const operation = page.locator('#operations-auth-getAuthDevices');
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const status = operation.locator('.live-responses-table tr.response td.response-col_status').first();
  await status.waitFor();
  expect(await status.textContent()).toContain('200');
  expect(await operation.locator('.request-url').textContent()).toContain('/api/auth/devices');
  expect(faults).toEqual([]);
});
