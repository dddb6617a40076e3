import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import type { GroupConversation, Id, Message } from '../../chat-core/src/wire/wire.ts';
import { type Person, post, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visitAs } from './support/browser.ts';
import { misfits } from './support/misfits.ts';
import { chatRow, chooseFromMenu, confirmDialog, row, waitForToast, write } from './support/page-actions.ts';
import { watchRows } from './support/touched-rows.ts';

const box = openBox();
let sari: Person;
let budi: Person;
let groupId: Id;
let round = 0;

/** A group of two people for each test, which Sari owns. */
beforeEach(async () => {
  round += 1;
  [sari, budi] = await Promise.all([signUp(box.url, `sari${round}`), signUp(box.url, `budi${round}`)]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
  const input = { name: 'Keluarga', memberIds: [budi.id] };
  groupId = ((await sari.post('/groups', input)).body as GroupConversation).id;
});

async function openGroup(person: Person, options = DESKTOP) {
  const visitor = await visitAs(person, box.browser, box.url, options);
  await chatRow(visitor.page, 'Keluarga').click();
  await visitor.page.getByRole('heading', { name: 'Keluarga' }).waitFor();
  return visitor;
}

const QUESTION = 'Kumpul hari apa?';
async function ask(by: Person, more = {}): Promise<number> {
  const poll = { question: QUESTION, answers: ['Sabtu', 'Minggu', 'Senin'], ...more };
  const { body } = await by.post('/chat/send', { senderId: by.id, conversationId: groupId, poll });
  return (body as Message).seq;
}

const voteAs = ({ token }: Person, seq: number, choices: number[]) =>
  post(
    `${box.url}/conversations/${groupId}/messages/${seq}/vote`,
    { choices },
    { Authorization: `Bearer ${token}` },
    'PUT',
  );

const dialogOf = (page: Page) => page.getByRole('dialog', { name: 'Jajak pendapat' });
const answer = (page: Page, name: string) => row(page, QUESTION).getByRole('button', { name, exact: true });
const isChosen = (page: Page, name: string) => answer(page, name).getAttribute('aria-pressed');

async function openDialog(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Lampirkan foto atau berkas' }).click();
  await page.getByRole('menuitem', { name: 'Jajak pendapat' }).click();
  await dialogOf(page).waitFor();
}

test('a poll is created on a phone, voted on and changed in two browsers with live results, and closed by its author', async () => {
  const [atSari, atBudi] = await Promise.all([openGroup(sari, PHONE), openGroup(budi)]);
  const [s, b] = [atSari.page, atBudi.page];
  await openDialog(s);
  const dialog = dialogOf(s);
  await dialog.getByLabel('Pertanyaan').fill(QUESTION);
  await dialog.getByLabel('Jawaban 1').fill('Sabtu');
  await dialog.getByLabel('Jawaban 2').fill('Minggu');
  await dialog.getByLabel('Jawaban 3').fill('Senin');
  expect(await dialog.getByLabel('Jawaban 4').count()).toBe(1);
  expect(await misfits(s)).toEqual([]);
  await dialog.getByRole('button', { name: 'Kirim' }).click();
  await dialog.waitFor({ state: 'detached' });

  await answer(b, 'Sabtu (0 suara, 0%)').click();
  await answer(s, 'Sabtu (1 suara, 100%)').waitFor();
  expect([await isChosen(b, 'Sabtu (1 suara, 100%)'), await isChosen(s, 'Sabtu (1 suara, 100%)')]).toEqual([
    'true',
    'false',
  ]);
  await answer(s, 'Minggu (0 suara, 0%)').click();
  await answer(b, 'Minggu (1 suara, 50%)').click();
  await answer(s, 'Minggu (2 suara, 100%)').waitFor();
  expect(await isChosen(b, 'Sabtu (0 suara, 0%)')).toBe('false');
  await answer(b, 'Minggu (2 suara, 100%)').click();
  await answer(s, 'Minggu (1 suara, 100%)').waitFor();
  expect(await misfits(s)).toEqual([]);

  await chatRow(b, 'Keluarga').getByText(`📊 ${QUESTION}`).waitFor();
  await row(b, QUESTION).getByRole('button', { name: 'Siapa yang memilih' }).click();
  await b.getByRole('dialog').getByText(sari.username).waitFor();
  await b.keyboard.press('Escape');

  await chooseFromMenu(s, QUESTION, 'Tutup jajak pendapat');
  await waitForToast(s, 'Jajak pendapat ditutup.', () => confirmDialog(s, 'Tutup jajak pendapat'));
  await row(b, QUESTION).getByText('Ditutup').waitFor();
  await waitForToast(b, 'Jajak pendapat ini sudah ditutup.', () =>
    answer(b, 'Sabtu (0 suara, 0%)').press('Enter'),
  );
  expect(await b.getByRole('menuitem').count()).toBe(0);
  expect([...atSari.faults, ...atBudi.faults]).toEqual([]);
});

test('with the keyboard alone a poll is created, several answers are chosen, and the dialog says in words what is missing', async () => {
  const { page, faults } = await openGroup(sari);
  await page.getByLabel('Tulis pesan').focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Berkas' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const dialog = dialogOf(page);
  await dialog.waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.type('Sabtu');
  await dialog.getByRole('button', { name: 'Kirim' }).press('Enter');
  await dialog.getByText('Tulis pertanyaannya dulu.').waitFor();
  await page.keyboard.type(QUESTION);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.keyboard.type('sabtu');
  await dialog.getByRole('button', { name: 'Kirim' }).press('Enter');
  await dialog.getByText('Jawaban ini sudah ada.').waitFor();
  expect(await dialog.getByLabel('Jawaban 2').getAttribute('aria-invalid')).toBe('true');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('Minggu');
  await dialog.getByLabel('Boleh pilih beberapa').press('Space');
  await dialog.getByRole('button', { name: 'Kirim' }).press('Enter');
  await dialog.waitFor({ state: 'detached' });

  await answer(page, 'Sabtu (0 suara, 0%)').press('Enter');
  await answer(page, 'Minggu (0 suara, 0%)').press('Space');
  await row(page, QUESTION).getByText('1 orang memilih').waitFor();
  await answer(page, 'Sabtu (1 suara, 100%)').waitFor();
  expect(await isChosen(page, 'Minggu (1 suara, 100%)')).toBe('true');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Minggu');
  expect(faults).toEqual([]);
});

test('a result that arrives changes no other row and takes no focus away', async () => {
  const seq = await ask(sari);
  const { page } = await openGroup(sari);
  await write(page, 'sebelum');
  await row(page, 'sebelum').waitFor();
  await answer(page, 'Minggu (0 suara, 0%)').focus();
  const takeTouched = await watchRows(page);
  await voteAs(budi, seq, [1]);
  await answer(page, 'Minggu (1 suara, 100%)').waitFor();
  // The list items of its answers have no text of a message.
  expect(new Set((await takeTouched()).filter(Boolean))).toEqual(new Set([QUESTION]));
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Minggu (1 suara, 100%)');
});

test('a vote that the server does not take is shown at once and undone with a reason, and offline none is sent', async () => {
  await ask(sari);
  const { page, context } = await openGroup(budi);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/vote', async (route) => {
    await held;
    await route.abort();
  });
  await answer(page, 'Sabtu (0 suara, 0%)').click();
  await answer(page, 'Sabtu (1 suara, 100%)').waitFor();
  release();
  await answer(page, 'Sabtu (0 suara, 0%)').waitFor();
  await page.locator('.toast-shown').waitFor();
  await page.unroute('**/vote');

  await context.setOffline(true);
  await page.locator('.banner').getByText(/./).first().waitFor();
  await waitForToast(page, 'Suara perlu koneksi', () => answer(page, 'Minggu (0 suara, 0%)').click());
  expect(await isChosen(page, 'Minggu (0 suara, 0%)')).toBe('false');
});

test('a poll that is closed by mistake while it is typed is there again, and a poll closes at its time without a message', async () => {
  const { page } = await openGroup(sari);
  await openDialog(page);
  await dialogOf(page).getByLabel('Pertanyaan').fill('Makan apa?');
  await dialogOf(page).getByLabel('Jawaban 1').fill('Soto');
  await page.keyboard.press('Escape');
  await openDialog(page);
  expect(await dialogOf(page).getByLabel('Pertanyaan').inputValue()).toBe('Makan apa?');
  expect(await dialogOf(page).getByLabel('Jawaban 1').inputValue()).toBe('Soto');
  await dialogOf(page).getByRole('button', { name: 'Kosongkan' }).click();
  expect(await dialogOf(page).getByLabel('Pertanyaan').inputValue()).toBe('');
  await page.keyboard.press('Escape');

  await ask(budi, { closesAt: Date.now() + 3_000 });
  await row(page, QUESTION).getByText('sampai').waitFor();
  await row(page, QUESTION).getByText('Ditutup').waitFor();
});

test('a poll is replied to, pinned, starred, copied and found by its question or an answer, and cannot be edited', async () => {
  await ask(sari);
  const { page, context } = await openGroup(sari);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await chooseFromMenu(page, QUESTION, 'Balas');
  await page.locator('.composer-target').getByText(`📊 ${QUESTION}`).waitFor();
  await write(page, 'Sabtu saja');
  await row(page, 'Sabtu saja').locator('.quote').getByText(`📊 ${QUESTION}`).waitFor();
  await waitForToast(page, 'Pesan disematkan', () => chooseFromMenu(page, QUESTION, 'Sematkan'));
  await page.locator('.pin-bar').getByText(`📊 ${QUESTION}`).waitFor();
  await waitForToast(page, 'Pesan disalin.', () => chooseFromMenu(page, QUESTION, 'Salin'));
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(`${QUESTION}\n- Sabtu\n- Minggu\n- Senin`);
  await row(page, QUESTION).getByRole('button', { name: 'Pilihan pesan' }).press('Enter');
  expect(await page.getByRole('menuitem', { name: 'Ubah' }).count()).toBe(0);
  await page.keyboard.press('Escape');
  await page.getByLabel('Cari chat & pesan').fill('senin');
  await page.locator('.hit').getByText(`📊 ${QUESTION}`).first().waitFor();
});
