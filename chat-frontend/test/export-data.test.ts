import { openAsBlob } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openZip } from '../src/import/zip.ts';
import { openBox } from './support/box.ts';
import { PHONE, visitAs } from './support/browser.ts';
import { chatRow, go } from './support/page-actions.ts';

const box = openBox();
let sari: Person;

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  const budi = await signUp(box.url, 'budi');
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
  await budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message: 'halo Sari' });
});

test('a person downloads their data as a zip, which the browser stores, and learns where its progress is', async () => {
  const { page, context, faults } = await visitAs(sari, box.browser, box.url, PHONE);
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
