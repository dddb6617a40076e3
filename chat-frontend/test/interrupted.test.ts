import { beforeEach, expect, test } from 'vitest';
import type { Message } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { type Visit, visitAs } from './support/browser.ts';
import {
  openChat,
  POLL,
  pollAgain,
  row,
  waitForDraftStored,
  waitForSent,
  waitForToast,
  write,
} from './support/page-actions.ts';

const box = openBox();
let here: Visit;
let sari: Person;
let budi: Person;
let round = 0;

/** Two new friends for each test: Sari’s page shows her chat with Budi. */
beforeEach(async () => {
  round += 1;
  [sari, budi] = await Promise.all([signUp(box.url, `sari${round}`), signUp(box.url, `budi${round}`)]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
  here = await visitAs(sari, box.browser, box.url);
  await openChat(here.page, budi.username);
  return () => here.context.close();
});

async function stored(): Promise<string[]> {
  const { body } = await budi.get(`/chat/history?myId=${budi.id}&friendId=${sari.id}`);
  return (body as Message[]).map(({ content }) => content);
}

test('while the cipher service is stopped a message waits and says why, and is sent exactly once afterwards', async () => {
  const { page } = here;
  await box.pair.stopCipher();
  await write(page, 'tanpa segel');
  await row(page, 'tanpa segel').getByText('Layanan segel sedang tidak ada').waitFor();
  await page.getByRole('button', { name: 'Kotak belum terjangkau. Pesanmu menunggu.' }).click();
  await page.getByText('tidak ada yang disimpan tanpa segel').waitFor();
  await expect.poll(() => page.locator('[data-status="waiting"]').count()).toBe(1);
  // Retried while the cipher is stopped: afterwards the message may be sent before the click.
  const retried = page.waitForResponse('**/api/chat/send');
  await row(page, 'tanpa segel').getByRole('button', { name: 'Coba lagi' }).click();
  expect((await retried).status()).toBe(503);
  await box.pair.startCipher();
  await waitForSent(page, 'tanpa segel');
  await page.getByText('tidak ada yang disimpan tanpa segel').waitFor({ state: 'hidden' });
  expect(await stored()).toEqual(['tanpa segel']);
});

test('a reload in the middle of sending preserves the bubble and sends the message exactly once', async () => {
  const { page } = here;
  let reached = 0;
  await page.route(POLL, (route) => route.abort());
  await pollAgain(page);
  // The box stores the message; its response never arrives.
  await page.route('**/api/chat/send', async (route) => {
    await route.fetch();
    reached += 1;
  });
  await write(page, 'di tengah jalan');
  await expect.poll(() => reached).toBe(1);
  await page.locator('[data-status="sending"]').getByText('di tengah jalan').waitFor();
  await page.unrouteAll();
  await page.reload();
  await waitForSent(page, 'di tengah jalan');
  expect(await row(page, 'di tengah jalan').count()).toBe(1);
  expect(await stored()).toEqual(['di tengah jalan']);
});

test('messages written without a network wait under a banner and are sent in order when it is back', async () => {
  const { page, context } = here;
  // The part that names the cause is loaded soon after the start, while there is a network.
  await page.waitForFunction(() =>
    performance.getEntriesByType('resource').some(({ name }) => /hint-bars-[^/]*\.js/.test(name)),
  );
  await context.setOffline(true);
  for (const text of ['satu', 'dua', 'tiga']) await write(page, text);
  await expect.poll(() => page.getByRole('article').count()).toBe(3);
  await page.getByRole('button', { name: 'Tidak ada jaringan. Pesanmu menunggu.' }).click();
  await page.getByText(/^Tidak ada jaringan\..* Sejak \d\d\.\d\d\.$/).waitFor();
  expect(await page.getByLabel('Tulis pesan').isEditable()).toBe(true);
  await context.setOffline(false);
  await page.locator('.banner').waitFor({ state: 'hidden' });
  for (const text of ['satu', 'dua', 'tiga']) await waitForSent(page, text);
  expect(await stored()).toEqual(['satu', 'dua', 'tiga']);
});

test('a refused message says why and can be retried or deleted', async () => {
  const { page } = here;
  const refuse = { status: 403, json: { error: '…', code: 'NOT_FRIENDS' } };
  await page.route('**/api/chat/send', (route) => route.fulfill(refuse));
  await write(page, 'buang');
  await write(page, 'ulangi');
  for (const text of ['buang', 'ulangi']) {
    await row(page, text).getByText('Hanya teman yang bisa dikirimi pesan.').waitFor();
  }
  await page.unrouteAll();
  await row(page, 'buang').getByRole('button', { name: 'Hapus' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Hapus' }).click();
  await row(page, 'buang').waitFor({ state: 'detached' });
  await row(page, 'ulangi').getByRole('button', { name: 'Coba lagi' }).click();
  await waitForSent(page, 'ulangi');
  expect(await stored()).toEqual(['ulangi']);
});

test('each reason why the box does not store a message is shown at the message, which stays, can be copied, and is sent once', async () => {
  const { page } = here;
  const troubles: [number, string, string][] = [
    [507, 'DISK_FULL', 'Penyimpanan kotak penuh.'],
    [503, 'STORAGE_UNAVAILABLE', 'Kotak sedang tidak bisa menyimpan.'],
    [503, 'OVERLOADED', 'Kotak sedang sangat sibuk.'],
    [503, 'NOT_READY', 'Kotak sedang menyala.'],
    [429, 'TOO_MANY_REQUESTS', 'Terlalu banyak percobaan.'],
    [502, '', 'Jawaban yang datang bukan dari kotak.'],
  ];
  let now = troubles[0] as (typeof troubles)[0];
  let down = false;
  await page.route('**/api/chat/send', (route) => {
    if (down) return route.abort();
    const [status, code] = now;
    return route.fulfill(code ? { status, json: { error: '…', code } } : { status, body: '<h1>502</h1>' });
  });
  await write(page, 'yang ini tidak boleh hilang');
  const waiting = row(page, 'yang ini tidak boleh hilang');
  for (now of troubles) {
    await waiting.getByText('Coba lagi', { exact: true }).click();
    await waiting.getByText(now[2]).waitFor();
  }
  down = true;
  await waiting.getByText('Coba lagi', { exact: true }).click();
  await waiting.getByText('Kotak tidak terjangkau.').waitFor();
  await expect.poll(() => waiting.getAttribute('data-status')).toBe('waiting');
  await here.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await waitForToast(page, 'Pesan disalin.', () => waiting.getByRole('button', { name: 'Salin' }).click());
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('yang ini tidak boleh hilang');

  await page.getByLabel('Tulis pesan').fill('dan yang sedang ditulis');
  await waitForDraftStored(page, 'dan yang sedang ditulis');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.reload();
  await waitForSent(page, 'yang ini tidak boleh hilang');
  expect(await page.getByLabel('Tulis pesan').inputValue()).toBe('dan yang sedang ditulis');
  expect(await stored()).toEqual(['yang ini tidak boleh hilang']);
});

test('after a restart of the box no message is lost or stored twice', async () => {
  const { page } = here;
  await write(page, 'sebelum');
  await waitForSent(page, 'sebelum');
  await box.pair.restartCore();
  await write(page, 'sesudah');
  await waitForSent(page, 'sesudah');
  expect(await stored()).toEqual(['sebelum', 'sesudah']);
});
