import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { openChat, waitForTouchInput } from './support/page-actions.ts';

const box = openBox();
let sari: Person;

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  await signUp(box.url, 'budi');
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
});

async function openAt(options: typeof DESKTOP) {
  const visitor = await visitAs(sari, box.browser, box.url, options);
  await openChat(visitor.page, 'budi');
  return visitor;
}

test('an emoji is inserted where the caret was, and the caret is behind it', async () => {
  const { page, context, faults } = await openAt(DESKTOP);
  const input = page.getByLabel('Tulis pesan');
  await input.fill('selamat ya');
  await input.evaluate((node: HTMLTextAreaElement) => node.setSelectionRange(7, 7));
  await page.getByRole('button', { name: 'Emoji', exact: true }).click();
  const picker = page.getByRole('dialog', { name: 'Pilih emoji' });
  await picker.getByLabel('Cari emoji').fill('hore');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => input.inputValue()).toBe('selamat🙌 ya');
  await page.keyboard.type('!');
  expect(await input.inputValue()).toBe('selamat🙌! ya');
  await input.fill('');
  expect(faults).toEqual([]);
  await context.close();
});

test('a long press on the send button opens what sends the text later, and a cancel leaves the text where it was', async () => {
  const { page, context, faults } = await openAt(PHONE);
  await waitForTouchInput(page);
  await page.getByLabel('Tulis pesan').fill('besok pagi');
  const { x = 0, y = 0 } = (await page.locator('.composer-send').boundingBox()) ?? {};
  const cdp = await context.newCDPSession(page);
  const touchPoints = [{ x: x + 20, y: y + 20 }];
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
  const dialog = page.getByRole('dialog', { name: 'Jadwalkan pesan untuk budi' });
  await dialog.waitFor();
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  expect(await dialog.getByLabel('Tulis pesan').inputValue()).toBe('besok pagi');
  await dialog.getByRole('button', { name: 'Batal' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await page.getByLabel('Tulis pesan').inputValue()).toBe('besok pagi');
  expect(await page.locator('.row-own').count()).toBe(0);
  expect(faults).toEqual([]);
  await context.close();
});

test('a text that is scheduled by a right click on the send button leaves the composer', async () => {
  const { page, context } = await openAt(DESKTOP);
  await page.getByLabel('Tulis pesan').fill('nanti malam');
  await page.locator('.composer-send').click({ button: 'right' });
  const dialog = page.getByRole('dialog', { name: 'Jadwalkan pesan untuk budi' });
  await dialog.getByRole('button', { name: 'Jadwalkan' }).click();
  await page.getByText(/^Akan dikirim/).waitFor();
  expect(await page.getByLabel('Tulis pesan').inputValue()).toBe('');
  const { body } = await sari.get('/chat/scheduled');
  expect(body).toMatchObject({ scheduled: [{ message: 'nanti malam' }] });
  await context.close();
});
