import { beforeAll, expect, test } from 'vitest';
import { PASSWORD, type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { PHONE, visitAs } from './support/browser.ts';
import { chatRow, go } from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let budi: Person;

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  budi = await signUp(box.url, 'budi');
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
  await budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message: 'rahasia kita' });
});

test('a person deletes their account after the password, and nothing of it stays in the browser', async () => {
  const { page, context, faults } = await visitAs(sari, box.browser, box.url, PHONE);
  await chatRow(page, 'budi').waitFor();
  await go(page, 'data');
  await page.getByRole('button', { name: 'Hapus akun' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Hapus akunku' }).click();
  // It follows at once: between the two there may be no moment without a dialog.
  const identity = page.getByRole('dialog', { name: 'Ini benar kamu?' });
  const password = identity.getByLabel('Password sekarang');
  await password.fill('bukan-password-ini');
  await password.press('Enter');
  await identity.getByText('Password sekarang salah.').waitFor();
  expect(await password.getAttribute('aria-invalid')).toBe('true');
  await password.fill(PASSWORD);
  await password.press('Enter');
  await page.getByRole('heading', { name: 'Masuk' }).waitFor();
  await page.getByText('Akunmu sudah dihapus.').waitFor();
  await expect.poll(() => page.evaluate(() => JSON.stringify(localStorage))).not.toContain(sari.id);
  await expect
    .poll(() => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name).join()))
    .not.toContain(sari.id);
  const answer = await fetch(`${box.url}/api/sync`, { headers: { Authorization: `Bearer ${budi.token}` } });
  expect(await answer.text()).toContain('Akun dihapus');
  expect(faults.filter((fault) => !/40[13]/.test(fault))).toEqual([]);
  await context.close();
});
