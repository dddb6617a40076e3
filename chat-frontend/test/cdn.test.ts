import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Message } from '../../chat-core/src/wire/wire.ts';
import { startProvider, type TestProvider } from '../../chat-core/test/support/oidc.ts';
import { type Pair, startPair } from '../../chat-core/test/support/pair.ts';
import { PASSWORD, type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBrowser, visit, visitAs, WITH_WORKER, waitForWorker } from './support/browser.ts';
import { buildPage } from './support/built-page.ts';
import { startCdn } from './support/cdn.ts';
import { silence } from './support/fixtures.ts';
import { freePort } from './support/free-port.ts';
import {
  chooseFromMenu,
  confirmDialog,
  go,
  openChat,
  pollAgain,
  row,
  waitForSent,
  write,
} from './support/page-actions.ts';
import { png } from './support/pictures.ts';
import { sendFiles } from './support/send-files.ts';

// The page comes from a CDN: its origin is another one than that of the API (docs/self-hosting.md).
let cdn: Awaited<ReturnType<typeof startCdn>>;
let provider: TestProvider;
let pair: Pair;
let built: ReturnType<typeof buildPage>;
let browser: Browser;

beforeAll(async () => {
  const port = await freePort();
  [cdn, provider] = await Promise.all([startCdn(), startProvider(`http://127.0.0.1:${port}`)]);
  const env = { CORS_ORIGINS: cdn.origin, CHEAP_HASHING: 'yes', PORT: String(port) };
  pair = await startPair({ ...env, ...provider.env });
  built = buildPage(`${pair.url}/api`);
  cdn.show(built.folder);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await pair?.stop();
  await Promise.all([cdn?.stop(), provider?.stop()]);
  built?.remove();
});

async function friends(...names: [string, string]): Promise<[Person, Person]> {
  const [one, other] = await Promise.all([signUp(pair.url, names[0]), signUp(pair.url, names[1])]);
  await one.post('/friends/add', { myId: one.id, friendUsername: names[1] });
  return [one, other];
}

/** The addresses for which a page's browser has asked for leave (CORS preflight), in order. */
async function preflightsOf(page: Page): Promise<string[]> {
  const urls: string[] = [];
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  devtools.on('Network.requestWillBeSent', ({ request, type }) => {
    if (type === 'Preflight' || request.method === 'OPTIONS') urls.push(request.url);
  });
  return urls;
}

test('from a page on a CDN a photo is sent and seen, a recording is played by its signed address, and a message is deleted for both', async () => {
  const [sari, budi] = await friends('sari', 'budi');
  const input = { senderId: sari.id, receiverId: budi.id, message: 'halo' };
  const { conversationId } = (await sari.post('/chat/send', input)).body as Message;
  const recording = { name: 'hujan.wav', type: 'audio/wav', bytes: silence(2_000), durationMs: 2_000 };
  await sendFiles(pair.url, sari, conversationId, [recording]);
  const [mine, theirs] = await Promise.all([
    visitAs(sari, browser, cdn.origin),
    visitAs(budi, browser, cdn.origin),
  ]);

  await openChat(mine.page, 'budi');
  const [chooser] = await Promise.all([
    mine.page.waitForEvent('filechooser'),
    mine.page.getByRole('button', { name: 'Lampirkan foto atau berkas' }).click(),
  ]);
  await chooser.setFiles([{ name: 'kebun.png', mimeType: 'image/png', buffer: png(64, 48, 120) }]);
  const sheet = mine.page.getByRole('dialog', { name: 'Kirim ke budi' });
  await sheet.getByLabel('Keterangan', { exact: true }).fill('kebun di pagi hari');
  await sheet.getByRole('button', { name: 'Kirim', exact: true }).click();
  await waitForSent(mine.page, 'kebun di pagi hari');

  await openChat(theirs.page, 'sari');
  await row(theirs.page, 'kebun di pagi hari').waitFor();
  await expect
    .poll(() =>
      theirs.page.evaluate(() =>
        [...document.querySelectorAll('img')].some(
          (img) => img.src.startsWith('blob:') && img.naturalWidth > 0,
        ),
      ),
    )
    .toBe(true);
  const media = theirs.page.waitForResponse(
    (response) => response.url().includes('/media/') || response.request().resourceType() === 'media',
  );
  await theirs.page.getByRole('button', { name: 'Putar hujan.wav' }).click();
  await theirs.page.waitForFunction(() => (document.querySelector('audio')?.currentTime ?? 0) > 0);
  expect(new URL((await media).url()).origin).toBe(pair.url);

  await chooseFromMenu(mine.page, 'kebun di pagi hari', 'Hapus…');
  await confirmDialog(mine.page, 'Hapus untuk semua');
  await row(theirs.page, 'kebun di pagi hari').waitFor({ state: 'detached' });
  // The sound of a new message before the first press.
  const faults = [...mine.faults, ...theirs.faults].filter((fault) => !/AudioContext/.test(fault));
  expect(faults).toEqual([]);
  await Promise.all([mine.context.close(), theirs.context.close()]);
});

test('a page on a CDN asks for leave once for each address, however often it polls, and ends another device by a ticket', async () => {
  const [dewi] = await friends('dewi', 'eko');
  await dewi.post('/auth/login', { username: 'dewi', password: PASSWORD, deviceName: 'Ponsel lama' });
  const { page, context, faults } = await visitAs(dewi, browser, cdn.origin);
  const asked = await preflightsOf(page);
  await page.reload();
  await openChat(page, 'eko');
  for (const text of ['satu', 'dua', 'tiga']) {
    const polled = page.waitForRequest((request) => request.url().includes('/sync?'));
    await pollAgain(page);
    await polled;
    await write(page, text);
    await waitForSent(page, text);
  }
  await go(page, 'settings');
  await page.getByRole('button', { name: /^Keluarkan .*Ponsel lama/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Keluarkan', exact: true }).click();
  const identity = page.getByRole('dialog', { name: 'Ini benar kamu?' });
  await identity.getByLabel('Password sekarang').fill(PASSWORD);
  await identity.getByRole('button', { name: 'Lanjut' }).click();
  await page.getByText('Ponsel lama').waitFor({ state: 'detached' });
  expect((await dewi.get('/auth/devices')).body).toHaveLength(1);

  const paths = asked.map((url) => url.replace(pair.url, ''));
  // The premise: they are seen.
  expect(paths).toContain('/api/chat/send');
  expect(paths.some((path) => path.startsWith('/api/sync?'))).toBe(true);
  const repeated = paths.filter((path, index) => paths.indexOf(path) !== index);
  expect(repeated).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

test('a login by a provider that begins on a page of a CDN returns to it, and the session outlives a reload', async () => {
  provider.person = 'kartini';
  const { page, context, faults } = await visit(browser, cdn.origin, WITH_WORKER);
  await waitForWorker(page);
  await page.getByRole('button', { name: 'Masuk dengan Sekolah' }).click();
  await page.getByLabel('Username baru').waitFor();
  expect(new URL(page.url()).origin).toBe(cdn.origin);
  await page.getByLabel('Username baru').fill('kartini');
  await page.getByRole('button', { name: 'Daftar Sekarang' }).click();
  await page.getByRole('navigation', { name: 'Daftar chat' }).waitFor();
  await page.reload();
  await page.getByRole('navigation', { name: 'Daftar chat' }).waitFor();
  await go(page, 'security');
  await page.getByText('belum punya password').waitFor();
  // The first answer is that this person has no account yet.
  expect(faults.filter((fault) => !/404/.test(fault))).toEqual([]);
  await context.close();
});

test('a page of an origin that is not in CORS_ORIGINS reads nothing of the box', async () => {
  const stranger = await startCdn();
  stranger.show(built.folder);
  const { page, context } = await visit(browser, stranger.origin);
  await page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
  const read = (url: string, headers: Record<string, string>) =>
    page.evaluate(
      ([address, more]) =>
        fetch(address, { headers: more }).then(
          ({ status }) => status,
          () => 'refused',
        ),
      [url, headers] as const,
    );
  expect(await read(`${pair.url}/api/box`, {})).toBe('refused');
  expect(await read(`${pair.url}/api/sync`, { Authorization: 'Bearer x' })).toBe('refused');
  await context.close();
  await stranger.stop();
});
