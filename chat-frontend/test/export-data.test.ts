import { openAsBlob } from 'node:fs';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openZip } from '../src/import/zip.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { chatRow, go } from './support/page-actions.ts';

const box = openBox();
let sari: Person;

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  const budi = await signUp(box.url, 'budi');
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
  await budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message: 'halo Sari' });
});

/** In place of the browser's own dialog: the file is one of the private files of the page. */
const pickPrivateFile = (page: Page) =>
  page.addInitScript(() =>
    Object.assign(window, {
      showSaveFilePicker: async () =>
        (await navigator.storage.getDirectory()).getFileHandle('export.zip', { create: true }),
    }),
  );
const privateFiles = (page: Page) =>
  page.evaluate(async () => {
    const folder = await navigator.storage.getDirectory();
    const names: string[] = [];
    for await (const name of folder.keys()) names.push(name);
    return names;
  });

test('where the page may write a file, it stores the export while it arrives, and says how much came', async () => {
  const { page, context, faults } = await visitAs(sari, box.browser, box.url, PHONE, pickPrivateFile);
  await go(page, 'data');
  await page.getByRole('button', { name: 'Unduh dataku' }).click();
  await page.getByText(/^Selesai: [\d.,]+ .?B tersimpan\.$/).waitFor();
  const bytes = await page.evaluate(async () => {
    const handle = await (await navigator.storage.getDirectory()).getFileHandle('export.zip');
    return [...new Uint8Array(await (await handle.getFile()).arrayBuffer())];
  });
  const entries = await openZip(new Blob([Uint8Array.from(bytes)]));
  expect(entries.some(({ path }) => /^chats\/\d+ budi\.json$/.test(path))).toBe(true);
  expect(await page.getByRole('button', { name: 'Unduh dataku' }).isEnabled()).toBe(true);
  expect(faults).toEqual([]);
  await context.close();
});

test('an export that runs is shown again after another screen, is cancelled, and leaves no file; one that breaks off says so', async () => {
  const { page, context } = await visitAs(sari, box.browser, box.url, DESKTOP, pickPrivateFile);
  // An answer whose first bytes come, and the rest never.
  await page.addInitScript(() => {
    const real = window.fetch;
    window.fetch = async (url, init) => {
      if (!String(url).includes('/me/export?')) return real(url, init);
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(2_000_000));
          init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason));
          window.addEventListener('break', () => controller.error(new TypeError('broken off')));
        },
      });
      return new Response(body);
    };
  });
  await page.reload();
  await go(page, 'data');
  const start = page.getByRole('button', { name: 'Unduh dataku' });
  await start.click();
  await page.getByText('1,9 MB sejauh ini').waitFor();
  await go(page, 'settings');
  await go(page, 'data');
  await page.getByText('1,9 MB sejauh ini').waitFor();
  expect(await start.isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Batal' }).click();
  await page.getByText('Unduhan dibatalkan.').waitFor();
  expect(await privateFiles(page)).toEqual([]);

  await start.click();
  await page.getByText('1,9 MB sejauh ini').waitFor();
  await page.evaluate(() => window.dispatchEvent(new Event('break')));
  await page.getByText('Unduhan terhenti', { exact: false }).waitFor();
  expect(await privateFiles(page)).toEqual([]);
  await context.close();
});

test('elsewhere the browser stores the data of a person as a zip, and the page says where its progress is', async () => {
  const { page, context, faults } = await visitAs(sari, box.browser, box.url, PHONE, (tab) =>
    tab.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker')),
  );
  await chatRow(page, 'budi').waitFor();
  await go(page, 'data');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Unduh dataku' }).click();
  const download = await downloading;
  await page.getByText('Unduhan dimulai.').waitFor();
  expect(download.suggestedFilename()).toMatch(/^bisik-\d{4}-\d\d-\d\d\.zip$/);
  const entries = await openZip(await openAsBlob(await download.path()));
  const chat = entries.find(({ path }) => /^chats\/\d+ budi\.json$/.test(path)) ?? expect.fail();
  expect(await (await chat.open(10_000)).text()).toContain('halo Sari');
  expect(faults).toEqual([]);
  await context.close();
});
