import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Pair, startPair } from '../../chat-core/test/support/pair.ts';
import { openBrowser, visit } from './support/browser.ts';
import { buildPage } from './support/built-page.ts';
import { startCdn } from './support/cdn.ts';
import { addFriend, openChat, register, row, waitForSent, write } from './support/page-actions.ts';

let cdn: Awaited<ReturnType<typeof startCdn>>;
let pair: Pair;
let built: ReturnType<typeof buildPage>;
let browser: Browser;

beforeAll(async () => {
  cdn = await startCdn();
  pair = await startPair({ CORS_ORIGINS: cdn.origin });
  built = buildPage(`${pair.url}/api`);
  cdn.show(built.folder);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await pair?.stop();
  await cdn?.stop();
  built?.remove();
});

function allStoredData(): string {
  const files = readdirSync(pair.dataDir, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8'))
    .join('\n');
}

test('two people register, befriend, write and read across two origins, and the disk holds only ciphertext', async () => {
  const sari = await visit(browser, cdn.origin);
  const budi = await visit(browser, cdn.origin);
  expect(new URL(pair.url).origin).not.toBe(cdn.origin);
  await Promise.all([register(sari.page, 'sari'), register(budi.page, 'Budi')]);

  await addFriend(sari.page, 'budi');
  await write(sari.page, 'kenari-biru di pagi hari');
  await waitForSent(sari.page, 'kenari-biru di pagi hari');

  await openChat(budi.page, 'sari');
  await row(budi.page, 'kenari-biru di pagi hari').waitFor();
  await write(budi.page, 'kenari-hijau 🌿 membalas');
  await row(sari.page, 'kenari-hijau 🌿 membalas').waitFor();

  const stored = allStoredData();
  expect(stored).toContain('"username"');
  expect(stored).toContain('Budi');
  expect(stored).not.toContain('kenari');
  expect(pair.core().log() + pair.cipher().log()).not.toContain('kenari');
  expect([...sari.faults, ...budi.faults]).toEqual([]);
});
