import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openBox } from './support/box.ts';
import { PHONE, visitAs } from './support/browser.ts';
import { signUpFriends } from './support/friends.ts';
import { chatRow, go } from './support/page-actions.ts';
import { pictureFile, sendFiles, type TestFile } from './support/send-files.ts';

const box = openBox();

const tile = (page: Page, name: RegExp | string) => page.locator('.bubble').getByRole('button', { name });

/** Adds up the layout shifts of the page from now on (Layout Instability API). */
const watchShifts = (page: Page) =>
  page.evaluate(() => {
    const seen = Object.assign(window, { __shift: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.__shift += (entry as unknown as { value: number }).value;
    }).observe({ type: 'layout-shift', buffered: false });
  });
const shifts = (page: Page) => page.evaluate(() => (window as unknown as { __shift: number }).__shift);

test('a picture has its room and its preview at once, and nothing moves when it arrives, on a phone', async () => {
  const { sari, budi, conversationId } = await signUpFriends(box.url, 'ruang');
  const { page, faults } = await visitAs(sari, box.browser, box.url, PHONE);
  let letThrough = () => {};
  const held = new Promise<void>((done) => {
    letThrough = done;
  });
  await page.route(/\/messages\/\d+\/attachments\/[\w-]+$/, async (route) => {
    await held;
    await route.continue();
  });
  await chatRow(page, budi.username).tap();
  await page.locator('.bubble-text').getByText('halo').waitFor();
  const photo = pictureFile('pantai.png', [640, 480], 20, 'Pantai di sore hari');
  await sendFiles(box.url, budi, conversationId, [photo], 'Lihat ini');
  const picture = tile(page, 'Foto: Pantai di sore hari');
  await picture.locator('.tile-preview').waitFor();
  const before = await picture.boundingBox();
  await watchShifts(page);
  letThrough();
  await picture.locator('.tile-picture').waitFor();
  expect(await picture.boundingBox()).toEqual(before);
  expect((before?.width ?? 0) / (before?.height ?? 1)).toBeCloseTo(640 / 480, 1);
  expect(await shifts(page)).toBe(0);
  await go(page, 'chats');
  await chatRow(page, budi.username).getByText('📷 Lihat ini').waitFor();
  expect(faults).toEqual([]);
});

test('the viewer goes through the pictures of a conversation by keys, zooms, and closes by Esc and by Back', async () => {
  const { sari, budi, conversationId } = await signUpFriends(box.url, 'galeri');
  const files = ['satu', 'dua', 'tiga'].map((name, index) =>
    pictureFile(`${name}.png`, [300, 200], index * 60, name),
  );
  await sendFiles(box.url, budi, conversationId, files.slice(0, 2));
  await sendFiles(box.url, sari, conversationId, files.slice(2));
  const { page, faults } = await visitAs(sari, box.browser, box.url);
  await chatRow(page, budi.username).click();
  const opener = tile(page, 'Foto: dua');
  await opener.locator('.tile-picture').waitFor();
  const url = page.url();
  await opener.press('Enter');
  const viewer = page.getByRole('dialog', { name: 'Foto dan video' });
  const shown = (name: string) => viewer.getByRole('img', { name, exact: true }).waitFor();
  await shown('dua');
  await page.keyboard.press('ArrowRight');
  await shown('tiga');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await shown('satu');
  const width = () => viewer.getByRole('img').evaluate((node) => node.getBoundingClientRect().width);
  const whole = await width();
  await page.keyboard.press('+');
  expect(await width()).toBeCloseTo(whole * 1.5, 0);
  await page.keyboard.press('-');
  expect(await width()).toBeCloseTo(whole, 0);
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    viewer.getByRole('button', { name: 'Unduh' }).click(),
  ]);
  expect(saved.suggestedFilename()).toBe('satu.png');
  await page.keyboard.press('Escape');
  await viewer.waitFor({ state: 'detached' });
  expect(page.url()).toBe(url);
  await expect.poll(() => opener.evaluate((node) => node === document.activeElement)).toBe(true);

  await opener.press('Enter');
  await shown('dua');
  await page.goBack();
  await viewer.waitFor({ state: 'detached' });
  expect(page.url()).toBe(url);
  // Neither way has left an entry behind: Back leaves the conversation now.
  await page.goBack();
  await expect.poll(() => page.url()).not.toBe(url);
  expect(faults).toEqual([]);
});

test('an HTML and an SVG file, also under the name of a picture, are only ever saved, by every button there is, and never run', async () => {
  const { sari, budi, conversationId } = await signUpFriends(box.url, 'jahat');
  const script = '<script>top.__hit=1</script>';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="top.__hit=1">${script}</svg>`;
  const files: TestFile[] = [
    { name: 'halaman.html', type: 'text/html', bytes: Buffer.from(`<!doctype html>${script}`) },
    { name: 'gambar.svg', type: 'image/svg+xml', bytes: Buffer.from(svg) },
    { name: 'foto.png', type: 'text/html', bytes: Buffer.from(script) },
    { name: 'lagu.bin', type: 'application/octet-stream', bytes: Buffer.from(script) },
  ];
  await sendFiles(box.url, budi, conversationId, files);
  const { page, faults, context } = await visitAs(sari, box.browser, box.url);
  await chatRow(page, budi.username).click();
  const opened: string[] = [];
  context.on('page', (other) => opened.push(other.url()));
  const pressAll = async (selector: string) => {
    const buttons = page.locator(selector);
    await expect.poll(() => buttons.count()).toBe(files.length);
    const names: string[] = [];
    for (const button of await buttons.all()) {
      const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
      names.push(download.suggestedFilename());
    }
    return names;
  };
  const names = files.map(({ name }) => name);
  expect(await pressAll('.bubble-files button')).toEqual(names);
  await go(page, `media/${conversationId}/files`);
  expect((await pressAll('.media-list button')).sort()).toEqual([...names].sort());
  expect(await page.evaluate(() => '__hit' in window)).toBe(false);
  expect(opened).toEqual([]);
  expect(faults).toEqual([]);
});

test('the settings say which chats the own files fill, and from there a file is deleted for everyone, which frees its room', async () => {
  const { sari, budi, conversationId } = await signUpFriends(box.url, 'penuh');
  const photo = pictureFile('pantai.png', [640, 480], 20, 'Pantai');
  await sendFiles(box.url, sari, conversationId, [photo]);
  await sendFiles(box.url, budi, conversationId, [
    pictureFile('milik-budi.png', [300, 200], 60, 'Milik Budi'),
  ]);
  const { page, faults } = await visitAs(sari, box.browser, box.url, PHONE);
  await go(page, 'data');
  const use = page.locator('.card').filter({ hasText: 'Berkas kamu di kotak' });
  await use.getByRole('link', { name: budi.username }).getByText('1 berkas').waitFor();
  await use.getByRole('link', { name: budi.username }).tap();
  await page.locator('.media-grid .tile').nth(1).waitFor();
  // The premise: both see both, and only the own one can be deleted.
  const remove = page.getByRole('button', { name: /^Hapus .+ untuk semua$/ });
  expect([await page.locator('.media-grid .tile').count(), await remove.count()]).toEqual([2, 1]);
  await remove.tap();
  await page.getByRole('dialog').getByRole('button', { name: 'Hapus untuk semua' }).tap();
  await expect.poll(() => page.locator('.media-grid .tile').count()).toBe(1);
  await go(page, 'data');
  await use.getByText('0 B dari').waitFor();
  expect(await page.locator('.storage-list a').count()).toBe(0);
  expect(faults).toEqual([]);
});
