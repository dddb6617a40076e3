import { expect, test } from 'vitest';
import { signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { visit, visitAs } from './support/browser.ts';
import { go, logIn, waitForToast } from './support/page-actions.ts';

const box = openBox();

test('the own link is shown, copied and drawn as a QR code, and a person who follows it logs in first and adds its owner', async () => {
  const sari = await visitAs(await signUp(box.url, 'sari'), box.browser, box.url);
  await go(sari.page, 'add-friend');
  const link = `${box.url}/#/add/sari`;
  expect(await sari.page.getByLabel('Tautanmu', { exact: true }).inputValue()).toBe(link);
  await sari.page.getByRole('img', { name: `Kode QR: ${link}` }).waitFor();
  await sari.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const copy = sari.page.getByRole('button', { name: 'Salin', exact: true });
  await waitForToast(sari.page, 'Tautan disalin.', () => copy.click());
  expect(await sari.page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  await go(sari.page, 'add/sari');
  await sari.page.getByText('Ini tautanmu sendiri.').waitFor();

  const { username } = await signUp(box.url, 'budi');
  const budi = await visit(box.browser, link);
  await logIn(budi.page, username);
  await budi.page.getByText('Tambahkan sari sebagai teman?').waitFor();
  expect(await budi.page.getByLabel('Username teman').inputValue()).toBe('sari');
  await budi.page.getByRole('button', { name: 'Tambah', exact: true }).click();
  await budi.page.getByRole('heading', { name: 'sari' }).waitFor();
  await go(budi.page, 'add/sari');
  await budi.page.getByText('sari sudah menjadi temanmu.').waitFor();
  await budi.page.getByRole('link', { name: 'Buka chat' }).click();
  await budi.page.getByLabel('Tulis pesan').waitFor();

  await signUp(box.url, 'citra');
  await go(budi.page, 'add-friend');
  await budi.page.getByLabel('Username teman').fill(` ${box.url}/#/add/citra `);
  await budi.page.getByRole('button', { name: 'Tambah', exact: true }).click();
  await budi.page.getByRole('heading', { name: 'citra' }).waitFor();
  expect([...sari.faults, ...budi.faults]).toEqual([]);
});
