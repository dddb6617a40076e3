import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ElementHandle, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { GroupConversation, Message } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { PHONE, visitAs } from './support/browser.ts';
import { keptPictures, waitingFiles } from './support/database.ts';
import { go, openChat, pollAgain, waitForSent, waitForTouchInput } from './support/page-actions.ts';
import { noisePng } from './support/picture-files.ts';
import { pictureFile, sendFiles } from './support/send-files.ts';

const box = openBox();
const PICTURE = /\/messages\/\d+\/attachments\/[\w-]+$/;
const PART = /\/attachments\/[\w-]+\?offset=/;
const CREATE = '**/api/attachments';

/** Two friends and their conversation. */
async function friends(name: string) {
  const [sari, budi] = await Promise.all([signUp(box.url, `${name}.sari`), signUp(box.url, `${name}.budi`)]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
  const input = { senderId: budi.id, receiverId: sari.id, message: 'Halo' };
  const { conversationId } = (await budi.post('/chat/send', input)).body as Message;
  return { sari, budi, conversationId };
}

/** A phone with a conversation open. */
async function openPhone(person: Person, username: string, prepare?: (page: Page) => Promise<void>) {
  const visit = await visitAs(person, box.browser, box.url, PHONE, prepare);
  await openChat(visit.page, username);
  return visit;
}

/** A request that waits until `letThrough`. */
function gate() {
  let letThrough = () => {};
  const opened = new Promise<void>((done) => {
    letThrough = done;
  });
  return { opened, letThrough };
}

type ChosenFile = { name: string; mimeType: string; buffer: Buffer };

/** Chooses a file by one source of the menu; resolves with the sheet. */
async function choose(page: Page, source: string, file: ChosenFile) {
  await page.getByRole('button', { name: 'Lampirkan foto atau berkas' }).tap();
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('menuitem', { name: source }).tap(),
  ]);
  await chooser.setFiles([file]);
  const sheet = page.getByRole('dialog', { name: /^Kirim ke / });
  await sheet.waitFor();
  return { sheet, input: chooser.element() as ElementHandle<Element> };
}

/** Sends a document of 200 KB with a caption. */
async function sendDocument(page: Page, caption: string): Promise<void> {
  const buffer = Buffer.alloc(200 * 1024, 'x');
  const name = 'Laporan keuangan bulan Oktober.txt';
  const { sheet } = await choose(page, 'Berkas', { name, mimeType: 'text/plain', buffer });
  await sheet.getByText('1 berkas, 200 KB').waitFor();
  await sheet.getByLabel('Keterangan', { exact: true }).fill(caption);
  await sheet.getByRole('button', { name: 'Kirim', exact: true }).tap();
  await sheet.waitFor({ state: 'detached' });
}

test('the bar of an upload pauses, continues after a reload, cancels, and a refused file is sent on a retry, with everything in reach on a phone', async () => {
  const { sari, budi } = await friends('unggah');
  const { page, faults } = await openPhone(sari, budi.username);
  let parts = 0;
  await page.route(PART, async (route) => {
    parts += 1;
    if (parts > 1) return;
    await route.continue();
  });
  await sendDocument(page, 'satu');
  const bubble = page.locator('.row-own').filter({ hasText: 'satu' }).locator('.bubble');
  await bubble.getByText('32 % dari 200 KB').waitFor();
  const inside = (await bubble.boundingBox()) ?? expect.fail();
  for (const name of ['Jeda unggahan', 'Batalkan unggahan']) {
    const button = (await bubble.getByRole('button', { name }).boundingBox()) ?? expect.fail();
    expect([name, button.width >= 44 && button.x + button.width <= inside.x + inside.width]).toEqual([
      name,
      true,
    ]);
  }
  await bubble.getByRole('button', { name: 'Jeda unggahan' }).tap();
  await bubble.getByText('Dijeda · 32 %').waitFor();
  await page
    .getByRole('status')
    .getByText(/^Unggahan Laporan .*txt dijeda pada 32 persen\.$/)
    .waitFor({ state: 'attached' });
  await page.unroute(PART);
  await page.reload();
  await bubble.getByText('Dijeda · 32 %').waitFor();
  await bubble.getByRole('button', { name: 'Lanjutkan unggahan' }).tap();
  await waitForSent(page, 'satu');
  expect(await bubble.getByRole('progressbar').isVisible()).toBe(false);

  await page.route(CREATE, (route) =>
    route.fulfill({ status: 507, json: { error: '', code: 'QUOTA_EXCEEDED' } }),
  );
  await sendDocument(page, 'dua');
  await page.getByText('Berkas kamu sudah memenuhi jatah di kotak ini.', { exact: false }).waitFor();
  await page.unroute(CREATE);
  await page.getByRole('button', { name: 'Coba lagi' }).tap();
  await waitForSent(page, 'dua');

  await page.route(PART, () => undefined);
  await sendDocument(page, 'tiga');
  const cancelled = page.waitForRequest((request) => request.method() === 'DELETE');
  await page.getByRole('button', { name: 'Batalkan unggahan' }).tap();
  await page.locator('.row-own').filter({ hasText: 'tiga' }).waitFor({ state: 'detached' });
  expect((await (await cancelled).response())?.status()).toBe(200);
  await expect.poll(() => waitingFiles(page, sari.id)).toEqual([]);
  expect(faults.filter((fault) => !fault.includes('507'))).toEqual([]);
});

test('a picture that waits, is saved for a tap or is lost says so, and a file that is lost ends in a sentence', async () => {
  const { sari, budi, conversationId } = await friends('ubin');
  const send = (name: string, hue: number) =>
    sendFiles(box.url, budi, conversationId, [pictureFile(`${name}.png`, [300, 200], hue, name)]);
  const { page } = await openPhone(sari, budi.username);
  const tile = (name: string) => page.locator('.tile').and(page.getByLabel(name));
  const { opened, letThrough } = gate();
  await page.route(PICTURE, async (route) => {
    await opened;
    await route.continue();
  });
  await send('menunggu', 10);
  await tile('menunggu').getByText('Sebentar…').waitFor();
  letThrough();
  await tile('menunggu').locator('.tile-picture').waitFor();
  await page.unroute(PICTURE);

  await page.evaluate((key) => localStorage.setItem(key, '1'), `bisik.${sari.id}.saver`);
  await send('hemat', 120);
  await tile('hemat').getByText('± ').waitFor();
  await tile('hemat').tap();
  await tile('hemat').locator('.tile-picture').waitFor();

  const lost = await sendFiles(box.url, budi, conversationId, [
    pictureFile('hilang.png', [300, 200], 180, 'hilang'),
    { name: 'hilang.pdf', type: 'application/pdf', bytes: Buffer.from('%PDF-1.7 x') },
  ]);
  for (const { id } of lost.attachments ?? [])
    await rm(join(box.pair.dataDir, 'attachments', conversationId, id));
  await tile('hilang').tap();
  await tile('hilang').getByText('Tidak ada lagi').waitFor();
  await page.getByRole('button', { name: 'Unduh hilang.pdf' }).tap();
  await page.locator('.file-row').getByText('Tidak ada lagi').waitFor();
  await tile('hilang').tap();
  const viewer = page.getByRole('dialog', { name: 'Foto dan video' });
  await viewer
    .locator('.viewer-note')
    .getByText(/\S+ \S+.*\.$/)
    .waitFor();
});

/** A video of the browser: a second of two colours. */
function recordVideo(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 120 });
    const drawing = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(10), { mimeType: 'video/webm;codecs=vp8' });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    for (let n = 0; n < 10; n += 1) {
      if (drawing) drawing.fillStyle = n % 2 ? 'teal' : 'orange';
      drawing?.fillRect(0, 0, 160, 120);
      await new Promise((done) => setTimeout(done, 80));
    }
    const ended = new Promise((done) => {
      recorder.onstop = done;
    });
    recorder.stop();
    await ended;
    const url = await new Promise<string>((done) => {
      const reader = new FileReader();
      reader.onload = () => done(String(reader.result));
      reader.readAsDataURL(new Blob(parts));
    });
    return url.split(',')[1] ?? '';
  });
}

test('a video plays in the viewer, one that this browser cannot play says so, and a long press on a picture opens the menu and nothing else', async () => {
  const { sari, budi, conversationId } = await friends('film');
  const { page, context } = await openPhone(sari, budi.username);
  const film = Buffer.from(await recordVideo(page), 'base64');
  const broken = Buffer.concat([film.subarray(0, 200), Buffer.alloc(500, 7)]);
  const video = (name: string, bytes: Buffer) => ({
    name,
    type: 'video/webm',
    bytes,
    width: 160,
    height: 120,
  });
  await sendFiles(box.url, budi, conversationId, [video('film.webm', film)]);
  await sendFiles(box.url, budi, conversationId, [video('rusak.webm', broken)]);
  await sendFiles(box.url, budi, conversationId, [pictureFile('kolam.png', [300, 200], 90, 'kolam')]);
  const tiles = page.locator('.tile');
  await tiles.nth(2).waitFor();
  const viewer = page.getByRole('dialog', { name: 'Foto dan video' });
  await tiles.nth(0).tap();
  await expect
    .poll(() => viewer.locator('video').evaluate((node: HTMLVideoElement) => node.currentTime))
    .toBeGreaterThan(0);
  await page.keyboard.press('Escape');
  await tiles.nth(1).tap();
  await viewer.getByText('Tidak bisa diputar di browser ini. Unduh untuk membukanya.').waitFor();
  await page.keyboard.press('Escape');
  await viewer.waitFor({ state: 'detached' });

  await waitForTouchInput(page);
  const session = await context.newCDPSession(page);
  await tiles.nth(2).scrollIntoViewIfNeeded();
  const place = (await tiles.nth(2).boundingBox()) ?? expect.fail();
  const finger = { x: place.x + place.width / 2, y: place.y + place.height / 2 };
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [finger] });
  await page.getByRole('menu').waitFor();
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await page.getByRole('menuitem', { name: 'Balas' }).tap();
  await page.locator('.composer').getByText('📷 Foto').waitFor();
  expect(await viewer.count()).toBe(0);
});

test('the camera of a phone is asked for a photo, and a browser without room says so and keeps the text', async () => {
  const { sari, budi } = await friends('kamera');
  // Before its first write: the browser remembers for a while how much room there was.
  const { page, faults } = await openPhone(sari, budi.username, async (on) => {
    const session = await on.context().newCDPSession(on);
    const quota = { origin: new URL(box.url).origin, quotaSize: 1_000_000 };
    await session.send('Storage.overrideQuotaForOrigin', quota);
  });
  const photo = { name: 'IMG_1.png', mimeType: 'image/png', buffer: noisePng(700) };
  const { sheet, input } = await choose(page, 'Kamera', photo);
  const asked = await input.evaluate((node: Element) => [
    node.getAttribute('capture'),
    node.getAttribute('accept'),
  ]);
  expect(asked).toEqual(['environment', 'image/*']);
  await sheet.getByLabel('Kirim asli').check();
  await sheet.getByText('1 berkas, 1,4 MB').waitFor();
  await sheet.getByLabel('Keterangan', { exact: true }).fill('kolam di kebun');
  await sheet.getByRole('button', { name: 'Kirim', exact: true }).tap();
  await sheet.getByText('Browser ini tidak punya ruang untuk berkas ini.', { exact: false }).waitFor();
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  await expect.poll(() => page.getByLabel('Tulis pesan').inputValue()).toBe('kolam di kebun');
  expect(faults).toEqual([]);
});

test('pictures that were shown are kept, until their message is deleted, their group is left, or the session ends', async () => {
  const { sari, budi, conversationId } = await friends('simpan');
  const group = (await budi.post('/groups', { name: 'Kebun', memberIds: [sari.id] }))
    .body as GroupConversation;
  const photo = (name: string, hue: number) => [pictureFile(`${name}.png`, [200, 200], hue, name)];
  const first = await sendFiles(box.url, budi, conversationId, photo('satu', 20));
  const second = await sendFiles(box.url, budi, conversationId, photo('dua', 80));
  const third = await sendFiles(box.url, budi, group.id, photo('tiga', 140));
  const idsOf = (...messages: Message[]) =>
    messages.flatMap(({ attachments = [] }) => attachments.map(({ id }) => id)).sort();
  const { page } = await visitAs(sari, box.browser, box.url);
  const kept = async () => (await keptPictures(page, sari.id)).map(({ id }) => id).sort();
  await go(page, `chat/${group.id}`);
  await page.locator('.tile-picture:visible').waitFor();
  await go(page, `chat/${conversationId}`);
  await page.locator('.tile-picture:visible').nth(1).waitFor();
  await expect.poll(kept).toEqual(idsOf(first, second, third));

  await go(page, 'chats');
  await budi.delete(`/conversations/${conversationId}/messages/${first.seq}?for=everyone`);
  await expect.poll(kept).toEqual(idsOf(second, third));
  await budi.delete(`/groups/${group.id}/members/${sari.id}`);
  await expect.poll(kept).toEqual(idsOf(second));

  await sari.post('/auth/logout', {});
  await pollAgain(page);
  await page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
  await expect.poll(kept).toEqual([]);
});
