import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { chatRow, waitForPageInput } from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let budi: Person;
let citra: Person;
const range = (length: number) => Array.from({ length }, (_, n) => n);

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  budi = await signUp(box.url, 'budi');
  citra = await signUp(box.url, 'citra');
  for (const friend of [budi, citra])
    await sari.post('/friends/add', { myId: sari.id, friendUsername: friend.username });
  await say(budi, sari, 'Resep rendang nenek: santan, serai, lengkuas');
  for (const n of range(150)) await say(budi, sari, `pesan biasa ${n}`);
  await say(sari, citra, 'Besok masak réndang ya');
});

const say = (from: Person, to: Person, message: string) =>
  from.post('/chat/send', { senderId: from.id, receiverId: to.id, message });
const visit = (size: typeof PHONE | typeof DESKTOP) => visitAs(sari, box.browser, box.url, size);
const hits = (page: Page) => page.locator('.hit');

test.each([
  ['desktop', DESKTOP],
  ['phone', PHONE],
] as const)(
  'a message of any age is found in the list of chats and opens in its place, on a %s',
  async (_, size) => {
    const { page, context, faults } = await visit(size);
    await chatRow(page, 'budi').waitFor();
    await page.getByRole('searchbox').fill('rend');
    await expect.poll(() => hits(page).count()).toBe(2);
    await expect.poll(() => page.locator('.hits-part [role=status]').textContent()).toBe('2 pesan ditemukan');
    expect(await hits(page).locator('mark').allTextContents()).toEqual(['rénd', 'rend']);
    expect(await hits(page).first().textContent()).toContain('Kamu: ');
    await hits(page).last().click();
    const target = page.locator('.bubble', { hasText: 'Resep rendang nenek' });
    await target.waitFor();
    await expect.poll(() => target.evaluate((node) => node.getBoundingClientRect().top)).toBeGreaterThan(0);
    expect(faults).toEqual([]);
    await context.close();
  },
);

test('one conversation is searched by Ctrl+F and the arrow keys alone, and Back shows the hits again', async () => {
  const { page, context, faults } = await visit(DESKTOP);
  await chatRow(page, 'budi').click();
  await page.locator('.bubble', { hasText: 'pesan biasa 149' }).waitFor();
  await waitForPageInput(page);
  await page.keyboard.press('Control+f');
  const field = page.getByRole('searchbox', { name: 'Cari di chat ini' });
  await expect.poll(() => field.evaluate((node) => node === document.activeElement)).toBe(true);
  await page.keyboard.type('biasa 1');
  await page.getByRole('button', { name: 'Cari yang lebih lama' }).click();
  // 1, 10 to 19, and 100 to 149.
  await expect.poll(() => hits(page).count()).toBe(61);
  await field.fill('serai');
  await expect.poll(() => hits(page).count()).toBe(1);
  await field.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('.bubble', { hasText: 'serai' }).waitFor();
  await page.goBack();
  await expect.poll(() => hits(page).count()).toBe(1);
  await expect.poll(() => field.inputValue()).toBe('serai');
  expect(faults).toEqual([]);
  await context.close();
});

test('without an answer of the box what the browser holds is found, with the reason and a retry', async () => {
  const { page, context } = await visit(DESKTOP);
  await chatRow(page, 'citra').click();
  await page.locator('.bubble', { hasText: 'réndang' }).waitFor();
  await page.route('**/api/search?*', (route) =>
    route.fulfill({ status: 503, json: { code: 'CIPHER_UNAVAILABLE', error: '' } }),
  );
  await page.getByRole('searchbox').fill('rendang');
  await expect.poll(() => hits(page).count()).toBe(1);
  await page.locator('.hits-part [role=alert]', { hasText: 'CIPHER_UNAVAILABLE' }).waitFor();
  await page.unroute('**/api/search?*');
  await page.getByRole('button', { name: 'Coba lagi' }).click();
  await expect.poll(() => hits(page).count()).toBe(2);
  await context.close();
});
