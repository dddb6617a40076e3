import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { GroupConversation, Message } from '../../chat-core/src/wire/wire.ts';
import { logIn, type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { breakApi } from './support/broken-apis.ts';
import { DESKTOP, visitAs } from './support/browser.ts';
import { go, openChat, waitForSent } from './support/page-actions.ts';
import { noisePng, PLACE, withPlace } from './support/picture-files.ts';
import { downloadFiles } from './support/send-files.ts';
import { openSlowLine, SLOW_BYTES_PER_SECOND } from './support/slow-line.ts';

const box = openBox();
let sari: Person;
let budi: Person;

beforeAll(async () => {
  [sari, budi] = await Promise.all([signUp(box.url, 'sari'), signUp(box.url, 'budi')]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
});

type ChosenFile = { name: string; mimeType: string; buffer: Buffer };

/** Chooses files by the button of the composer, in a group from its menu; resolves with the sheet. */
async function choose(page: Page, files: ChosenFile[], chat = 'budi') {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Lampirkan foto atau berkas' }).click();
  if (chat !== 'budi') await page.getByRole('menuitem', { name: 'Berkas' }).click();
  await (await chooser).setFiles(files);
  const sheet = page.getByRole('dialog', { name: `Kirim ke ${chat}` });
  await sheet.waitFor();
  return sheet;
}

/** The messages with files in a group, or of both, as Budi receives them. */
async function messagesWithFiles(conversationId?: string): Promise<Message[]> {
  const where = conversationId ? `conversationId=${conversationId}` : `friendId=${sari.id}`;
  const messages = (await budi.get(`/chat/history?myId=${budi.id}&${where}`)).body as Message[];
  return messages.filter(({ attachments }) => attachments);
}

/** The files of the message with a text, as the other person receives them. */
async function received(text: string) {
  const messages = await messagesWithFiles();
  const message = messages.find(({ content }) => content === text) ?? expect.fail(`no message: ${text}`);
  const contents = await downloadFiles(box.url, budi, message);
  return (message.attachments ?? []).map((file, index) => ({
    ...file,
    bytes: contents[index] ?? expect.fail(),
  }));
}

test('over 400 kb/s, with a cut and a reload in the middle, a picture, a PDF and a voice message arrive at a friend and in a group', async () => {
  const { body } = await sari.post('/groups', { name: 'Keluarga', memberIds: [budi.id] });
  const line = await openSlowLine(box.url);
  onTestFinished(line.close);
  const { page, context } = await visitAs(sari, box.browser, line.url);
  const picture = noisePng(90);
  const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(100_000)]);
  const files = [
    { name: 'kebun.png', mimeType: 'image/png', buffer: picture },
    { name: 'laporan.pdf', mimeType: 'application/pdf', buffer: pdf },
  ];
  const button = (name: string) => page.getByRole('button', { name, exact: true });

  const began = performance.now();
  for (const chat of ['budi', 'Keluarga']) {
    await openChat(page, chat);
    const sheet = await choose(page, files, chat);
    await sheet.getByText('2 berkas').waitFor();
    await sheet.getByLabel('Keterangan', { exact: true }).fill(`untuk ${chat}`);
    if (chat === 'budi') line.cutAfter(40_000);
    const secondPart = page.waitForRequest((request) => request.url().endsWith('offset=65536'));
    await sheet.getByRole('button', { name: 'Kirim', exact: true }).click();
    await sheet.waitFor({ state: 'detached' });
    if (chat === 'budi') {
      await secondPart;
      await page.reload();
    }
    await button('Rekam pesan suara').click();
    await page.getByRole('timer').getByText('0:01').waitFor();
    await button('Kirim pesan suara').click();
    await waitForSent(page, `untuk ${chat}`);
  }
  for (const conversationId of [undefined, (body as GroupConversation).id]) {
    await expect.poll(async () => (await messagesWithFiles(conversationId)).length).toBe(2);
    const [album, voice] = await messagesWithFiles(conversationId);
    expect(album?.attachments).toMatchObject([
      { name: 'kebun.png', type: 'image/png' },
      { name: 'laporan.pdf', type: 'application/pdf' },
    ]);
    expect(await downloadFiles(box.url, budi, album as Message)).toEqual([picture, pdf]);
    expect(voice?.attachments).toMatchObject([{ voice: true, type: 'audio/webm' }]);
  }
  const bytes = 2 * (picture.length + pdf.length);
  expect(performance.now() - began).toBeGreaterThan((bytes / SLOW_BYTES_PER_SECOND) * 1_000);
  expect(line.cuts()).toBe(1);
  await context.close();
});

test('a photo is sent small, upright and without its place, with a preview and its description; an original only without its place', async () => {
  const { page, context, faults } = await visitAs(sari, box.browser, box.url);
  await openChat(page, 'budi');
  const jpeg = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 2_000, height: 1_500 });
    const drawing = canvas.getContext('2d');
    if (!drawing) throw new Error('no canvas');
    for (let n = 0; n < 3_000; n += 1) {
      drawing.fillStyle = `hsl(${(n * 37) % 360} 80% ${(n * 13) % 100}%)`;
      drawing.fillRect((n * 97) % 2_000, (n * 61) % 1_500, 40, 40);
    }
    return canvas.toDataURL('image/jpeg', 0.95).split(',')[1] ?? '';
  });
  const photo = withPlace(Buffer.from(jpeg, 'base64'), 6);
  const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/jpeg', buffer });
  const sheet = await choose(page, [
    file('sawah.jpg', photo),
    file('asli.jpg', photo),
    file('rusak.jpg', Buffer.from('bukan gambar')),
  ]);
  const item = (name: string) => sheet.getByRole('listitem').filter({ hasText: name });
  await item('asli.jpg').getByLabel('Kirim asli').check();
  await sheet.getByLabel('Deskripsi sawah.jpg').fill('Sawah di pagi hari');
  await sheet.getByLabel('Keterangan', { exact: true }).fill('tiga foto');
  await page.keyboard.press('Enter');
  await waitForSent(page, 'tiga foto');

  const [small, original, broken] = await received('tiga foto');
  expect(small).toMatchObject({
    name: 'sawah.webp',
    type: 'image/webp',
    width: 960,
    height: 1_280,
    alt: 'Sawah di pagi hari',
  });
  expect(small?.size).toBeLessThan(250_000);
  expect(Buffer.from(small?.preview ?? '', 'base64').length).toBeGreaterThan(100);
  expect(original).toMatchObject({ name: 'asli.jpg', type: 'image/jpeg', width: 1_500, height: 2_000 });
  // All but the metadata, the orientation and the end is the same.
  expect(original?.bytes.subarray(-10_000)).toEqual(Buffer.from(jpeg, 'base64').subarray(-10_000));
  for (const one of [small, original]) expect(one?.bytes.includes(PLACE)).toBe(false);
  expect([broken?.type, String(broken?.bytes)]).toEqual(['application/octet-stream', 'bukan gambar']);
  expect(faults).toEqual([]);
  await context.close();
});

test('what cannot be sent is said in the sheet, and Esc keeps the text that was written', async () => {
  const { page, context, faults } = await visitAs(sari, box.browser, box.url);
  await openChat(page, 'budi');
  await page.getByLabel('Tulis pesan').fill('masih kutulis');
  const text = (name: string, bytes: number) => ({
    name,
    mimeType: 'text/plain',
    buffer: Buffer.alloc(bytes, 'x'),
  });
  const sheet = await choose(page, [
    text('kosong.txt', 0),
    ...Array.from({ length: 10 }, (_, n) => text(`${n}.txt`, 10 + n)),
  ]);
  await sheet.getByText('Satu pesan paling banyak berisi 10 berkas.', { exact: false }).waitFor();
  await sheet.getByText('Berkas ini kosong.').waitFor();
  await sheet.getByRole('button', { name: 'Kirim', exact: true }).click();
  await sheet.getByText('Buang dulu berkas yang tidak bisa dikirim.').waitFor();
  await sheet.getByRole('button', { name: 'Buang kosong.txt' }).click();
  await sheet.getByText('9 berkas').waitFor();
  await sheet.getByLabel('Keterangan', { exact: true }).fill('masih kutulis juga');
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  await expect.poll(() => page.getByLabel('Tulis pesan').inputValue()).toBe('masih kutulis juga');
  expect(faults).toEqual([]);
  await context.close();
});

test('files that wait survive a reload and end with the log-out; a browser that stores none says so', async () => {
  const { page, context } = await visitAs(sari, box.browser, box.url);
  await page.route('**/api/attachments', (route) => route.abort());
  await openChat(page, 'budi');
  const send = async (on: Page) => {
    const sheet = await choose(on, [
      { name: 'rahasia.txt', mimeType: 'text/plain', buffer: Buffer.from('tertinggal') },
    ]);
    await sheet.getByText('10 B').first().waitFor();
    return sheet;
  };
  const sheet = await send(page);
  expect(await sheet.getByText('Browser ini tidak menyimpan berkas', { exact: false }).count()).toBe(0);
  await sheet.getByRole('button', { name: 'Kirim', exact: true }).click();
  await page.reload();
  await page.getByText('rahasia.txt').last().waitFor();
  const stored = () =>
    page.evaluate(async (name) => {
      const open = indexedDB.open(name);
      const db = await new Promise<IDBDatabase>((done) => {
        open.onsuccess = () => done(open.result);
      });
      const all = db.transaction('blobs').objectStore('blobs').getAll();
      const files = await new Promise<{ blob: Blob }[]>((done) => {
        all.onsuccess = () => done(all.result);
      });
      db.close();
      return Promise.all(files.map(({ blob }) => blob.text()));
    }, `bisik.${sari.id}.files`);
  expect(await stored()).toEqual(['tertinggal']);
  await go(page, 'settings');
  await page.getByRole('button', { name: 'Keluar', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Keluar' }).click();
  await page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
  const names = () => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  await expect.poll(names).toEqual([]);
  await context.close();

  const again = await logIn(box.url, 'sari');
  const broken = await visitAs(again, box.browser, box.url, DESKTOP, (on) =>
    on.addInitScript(breakApi, ['IndexedDB open', 'throws'] as const),
  );
  await openChat(broken.page, 'budi');
  const warned = await send(broken.page);
  await warned.getByText('Browser ini tidak menyimpan berkas', { exact: false }).waitFor();
  await warned.getByLabel('Keterangan', { exact: true }).fill('dari ingatan');
  await warned.getByRole('button', { name: 'Kirim', exact: true }).click();
  await waitForSent(broken.page, 'dari ingatan');
  expect((await received('dari ingatan')).map(({ bytes }) => String(bytes))).toEqual(['tertinggal']);
  await broken.context.close();
});
