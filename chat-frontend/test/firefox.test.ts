import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import type { FileAddress, GroupConversation, Message } from '../../chat-core/src/wire/wire.ts';
import { type Pair, startPair } from '../../chat-core/test/support/pair.ts';
import { PASSWORD, type Person } from '../../chat-core/test/support/person.ts';
import { findFirefox } from '../../scripts/find-program.ts';
import { type Firefox, type FirefoxPage, openFirefox } from './support/firefox.ts';
import { signUpFriends } from './support/friends.ts';
import { noisePng } from './support/picture-files.ts';
import { downloadFiles, sendFiles } from './support/send-files.ts';
import { openSlowLine, SLOW_BYTES_PER_SECOND } from './support/slow-line.ts';

const program = findFirefox();
let pair: Pair;
let firefox: Firefox;

beforeAll(async () => {
  if (!program) return;
  const services = startPair({ FRONTEND_DIR: inject('pageDir'), CHEAP_HASHING: 'yes' });
  // Each is assigned as soon as it is there, so that it is closed even when the other fails to start.
  await Promise.all([
    services.then((started) => {
      pair = started;
    }),
    openFirefox(program).then((started) => {
      firefox = started;
    }),
  ]);
});
afterAll(() => Promise.all([firefox?.close(), pair?.stop()]));

const button = (name: string) => ({ role: 'button', name });

/** Opens the page and logs in by its form. */
async function logIn(username: string, url = pair.url): Promise<FirefoxPage> {
  const page = await firefox.open(url);
  await page.type('[name=username]', username);
  await page.type('[name=password]', PASSWORD);
  await page.click(button('Masuk'));
  await page.find({ role: 'navigation', name: 'Daftar chat' });
  return page;
}

async function openChat(page: FirefoxPage, conversationId: string): Promise<void> {
  await page.run((id) => {
    location.hash = `#/chat/${id}`;
  }, conversationId);
  await page.find(button('Lampirkan foto atau berkas'));
}

/** Two friends who are in a group too. */
async function friends(name: string) {
  const { sari, budi, conversationId } = await signUpFriends(pair.url, name);
  const { body } = await sari.post('/groups', { name: 'Keluarga', memberIds: [budi.id] });
  return { sari, budi, chats: [conversationId, (body as GroupConversation).id] };
}

const historyOf = async (who: Person, conversationId: string) =>
  (await who.get(`/chat/history?myId=${who.id}&conversationId=${conversationId}`)).body as Message[];

/** Notes on the document how many seconds of a media element were played when it ended. */
function noteEnds(): void {
  delete document.documentElement.dataset.ended;
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    this.addEventListener('ended', () => {
      document.documentElement.dataset.ended = String(this.currentTime);
    });
    return play.call(this);
  };
}

test.skipIf(!program)(
  'in Firefox, over 400 kb/s with a cut in the middle, a picture, a PDF and a voice message go to a friend and into a group, who plays it',
  async () => {
    const { sari, budi, chats } = await friends('lambat');
    const line = await openSlowLine(pair.url);
    const folder = mkdtempSync(join(tmpdir(), 'bisik-files-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
      return line.close();
    });
    const contents = [noisePng(90), Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(100_000)])];
    const paths = ['kebun.png', 'laporan.pdf'].map((name) => join(folder, name));
    for (const [index, path] of paths.entries()) writeFileSync(path, contents[index] ?? '');
    const page = await logIn(sari.username, line.url);

    const began = performance.now();
    for (const chat of chats) {
      await openChat(page, chat);
      if (chat === chats[0]) await page.choose(button('Lampirkan foto atau berkas'), paths);
      else {
        // In a group it may be a poll as well.
        await page.click(button('Lampirkan foto atau berkas'));
        await page.choose({ role: 'menuitem', name: 'Berkas' }, paths);
      }
      await page.type({ role: 'textbox', name: 'Keterangan' }, 'kebun');
      if (chat === chats[0]) line.cutAfter(60_000);
      await page.click(button('Kirim'));
      await page.click(button('Rekam pesan suara'));
      await page.waitUntil(() => document.querySelector('[role=timer]')?.textContent === '0:01', undefined);
      await page.click(button('Kirim pesan suara'));
    }

    for (const chat of chats) {
      await expect
        .poll(async () => (await historyOf(budi, chat)).filter((one) => one.attachments).length)
        .toBe(2);
      const [album, voice] = (await historyOf(budi, chat)).filter((one) => one.attachments);
      expect(await downloadFiles(pair.url, budi, album as Message)).toEqual(contents);
      expect(voice?.attachments?.[0]).toMatchObject({ voice: true, durationMs: expect.any(Number) });
    }
    const bytes = 2 * contents.reduce((sum, { length }) => sum + length, 0);
    expect(performance.now() - began).toBeGreaterThan((bytes / SLOW_BYTES_PER_SECOND) * 1_000);
    expect(line.cuts()).toBe(1);

    const other = await logIn(budi.username);
    for (const chat of chats) {
      await openChat(other, chat);
      await other.find(button('Putar pesan suara'));
      await other.run(noteEnds, undefined);
      await other.click(button('Putar pesan suara'));
      await other.waitUntil(() => document.documentElement.dataset.ended, undefined);
      await other.find(button('Putar pesan suara'));
    }
    expect(other.faults).toEqual([]);
  },
);

test.skipIf(!program)(
  'in Firefox an HTML and an SVG file of a message are only saved, by their buttons and by their signed addresses, and never run',
  async () => {
    const { sari, budi, chats } = await friends('jahat');
    const script = '<script>top.__hit=1</script>';
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="top.__hit=1">${script}</svg>`;
    const files = [
      { name: 'halaman.html', type: 'text/html', bytes: Buffer.from(`<!doctype html>${script}`) },
      { name: 'gambar.svg', type: 'image/svg+xml', bytes: Buffer.from(svg) },
    ];
    const [chat = ''] = chats;
    const message = await sendFiles(pair.url, budi, chat, files);
    const page = await logIn(sari.username);
    await openChat(page, chat);
    const saved = () => page.downloads.map((name) => name.replace('(1)', ''));
    const names = files.map(({ name }) => name);
    for (const index of files.keys()) {
      await page.click(`.bubble-files .file:nth-child(${index + 1}) button`);
      await expect.poll(saved).toEqual(names.slice(0, index + 1));
    }
    for (const [index, { id }] of (message.attachments ?? []).entries()) {
      const path = `/conversations/${chat}/messages/${message.seq}/attachments/${id}/address`;
      const { path: address } = (await sari.post(path, {})).body as FileAddress;
      await page.run((to) => location.assign(to), pair.url + address);
      await expect.poll(saved).toEqual([...names, ...names.slice(0, index + 1)]);
    }
    const wasHit = () => page.run(() => '__hit' in window, undefined);
    expect([await wasHit(), page.faults]).toEqual([false, []]);

    // The same files run where nothing prevents it.
    for (const { type, bytes } of files) {
      await page.goto(`data:${type};base64,${bytes.toString('base64')}`);
      expect([type, await wasHit()]).toEqual([type, true]);
    }
  },
);
