import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import type { GroupConversation, GroupInfo, Id, Message } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { PHONE, visit, visitAs } from './support/browser.ts';
import {
  chatRow,
  chooseFromMenu,
  confirmDialog,
  go,
  logIn,
  readLink,
  row,
  waitForToast,
} from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let budi: Person;
let citra: Person;
let dewi: Person;
let round = 0;

/** Sari is a friend of Budi and Citra; Dewi has no friends. */
beforeEach(async () => {
  round += 1;
  const names = ['sari', 'budi', 'citra', 'dewi'].map((name) => `${name}${round}`);
  const people = await Promise.all(names.map((name) => signUp(box.url, name)));
  [sari, budi, citra, dewi] = people as [Person, Person, Person, Person];
  for (const friend of [budi, citra])
    await sari.post('/friends/add', { myId: sari.id, friendUsername: friend.username });
});

async function createGroup(): Promise<Id> {
  const { body } = await sari.post('/groups', { name: 'Arisan', memberIds: [budi.id, citra.id] });
  return (body as GroupConversation).id;
}

const infoOf = async (person: Person, groupId: Id) =>
  (await person.get(`/groups/${groupId}`)).body as GroupInfo;
const member = (page: Page, { username }: Person) =>
  page.getByRole('listitem').filter({ hasText: `@${username}` });

async function chooseForMember(page: Page, person: Person, choice: string): Promise<void> {
  await page.getByRole('button', { name: `Pilihan untuk ${person.username}` }).click();
  await page.getByRole('menuitem', { name: choice }).click();
}

test('a group is created in three taps on a phone, and once only where the first answer was lost', async () => {
  const { page, faults } = await visitAs(sari, box.browser, box.url, PHONE);
  let isLost = false;
  await page.route('**/api/groups', async (route) => {
    if (!isLost) return route.fallback();
    isLost = false;
    await route.fetch();
    return route.abort();
  });
  await page.getByRole('link', { name: 'Grup baru' }).click();
  const create = page.getByRole('button', { name: 'Buat grup' });
  await page.getByRole('checkbox', { name: budi.username }).check();
  await page.getByText(`1 dipilih: ${budi.username}`).waitFor();
  await create.click();
  await page.getByText('Isi dulu bagian ini.').waitFor();
  await page.getByLabel('Nama grup').fill('  \u200b ');
  await create.click();
  await page.getByText('Nama grup satu baris, 1 sampai 64 karakter.').waitFor();
  expect(await page.getByLabel('Nama grup').evaluate((field) => document.activeElement === field)).toBe(true);
  await page.getByLabel('Nama grup').fill('Ronda malam');
  isLost = true;
  await page.getByLabel('Nama grup').press('Enter');
  await page.locator('.form-error').getByText('Kotak tidak terjangkau.').waitFor();
  await page.getByLabel('Nama grup').press('Enter');
  await page.getByRole('heading', { name: 'Ronda malam' }).waitFor();
  await page.getByText('2 anggota').waitFor();
  await go(page, 'chats');
  expect(await chatRow(page, 'Ronda malam').count()).toBe(1);
  expect(faults.filter((fault) => !/status of 400|ERR_FAILED/.test(fault))).toEqual([]);
});

test('admins rename a group, decide who writes, give roles and remove members, and members see only what they may do', async () => {
  const groupId = await createGroup();
  const atSari = await visitAs(sari, box.browser, `${box.url}/#/group-info/${groupId}`);
  const atBudi = await visitAs(budi, box.browser, `${box.url}/#/chat/${groupId}`, PHONE);
  const [s, b] = [atSari.page, atBudi.page];
  await b.getByLabel('Tulis pesan').waitFor();
  await s.getByRole('link', { name: 'Pengaturan grup' }).click();
  await s.getByLabel('Nama grup').fill('Arisan RT 05');
  await s.getByLabel('Nama grup').press('Enter');
  await s.getByText('Nama grup diganti.').waitFor();
  await waitForToast(s, 'Pilihan disimpan.', () =>
    s.getByRole('switch', { name: 'Menulis pesan' }).uncheck(),
  );
  await b.getByText('Hanya admin yang bisa menulis di grup ini.').waitFor();
  await b.getByRole('heading', { name: 'Arisan RT 05' }).click();
  await member(b, sari).getByText('Pemilik').waitFor();
  for (const name of ['Tambah anggota', 'Tautan undangan', 'Pengaturan grup'])
    expect(await b.getByRole('link', { name }).isVisible()).toBe(false);
  expect(await b.getByRole('button', { name: 'Hapus grup untuk semua' }).isVisible()).toBe(false);

  await s.getByRole('link', { name: 'Kembali' }).click();
  await chooseForMember(s, budi, 'Jadikan admin');
  await member(s, budi).getByText('Admin').waitFor();
  await b.getByRole('link', { name: 'Tambah anggota' }).waitFor();
  await b.getByRole('button', { name: `Pilihan untuk ${sari.username}` }).click();
  // Budi may not do anything to the owner but write to her.
  expect(await b.getByRole('menuitem').allTextContents()).toEqual(['Buka chat']);
  await b.keyboard.press('Escape');
  await chooseForMember(b, citra, 'Keluarkan dari grup');
  await confirmDialog(b, 'Keluarkan dari grup');
  await member(b, citra).waitFor({ state: 'detached' });
  expect((await citra.get(`/groups/${groupId}`)).status).toBe(403);

  await b.getByRole('link', { name: 'Tambah anggota' }).click();
  await b.getByText('sudah anggota').waitFor();
  await s.getByRole('link', { name: 'Tambah anggota' }).click();
  await s.getByRole('checkbox', { name: citra.username }).check();
  await s.getByRole('button', { name: 'Tambahkan 1 orang' }).click();
  await member(s, citra).waitFor();
  expect([...atSari.faults, ...atBudi.faults]).toEqual([]);
});

test('a stranger logs in by the link of a group, asks to join and is let in, and a revoked link lets no one in', async () => {
  const groupId = await createGroup();
  const atSari = await visitAs(sari, box.browser, `${box.url}/#/group-info/${groupId}/links`);
  const s = atSari.page;
  await s.getByRole('switch', { name: 'Admin menyetujui dulu' }).check();
  await s.getByRole('button', { name: 'Buat tautan' }).click();
  await s.getByText('perlu persetujuan').waitFor();
  const link = await readLink(s, 'Tautan grup');
  await s.getByRole('img', { name: `Kode QR: ${link}` }).waitFor();

  const atDewi = await visit(box.browser, link, PHONE);
  const d = atDewi.page;
  await d.getByText('Kamu diundang ke sebuah grup.').waitFor();
  await d.getByRole('link', { name: 'Masuk' }).click();
  await logIn(d, dewi.username);
  await d.getByText('Arisan').waitFor();
  await d.getByText('3 anggota').waitFor();
  await d.getByText('Anggota baru membaca pesan sejak mereka bergabung.').waitFor();
  await d.getByRole('button', { name: 'Minta bergabung' }).click();
  await d.getByText('Grup terbuka begitu admin menyetujuinya.').waitFor();

  await chatRow(s, 'Arisan').getByText('1 orang ingin bergabung').waitFor();
  await s.getByRole('link', { name: 'Kembali' }).click();
  await s.getByRole('heading', { name: 'Ingin bergabung (1)' }).waitFor();
  await s.getByRole('button', { name: `Terima ${dewi.username} di grup` }).click();
  await d.getByRole('heading', { name: 'Arisan' }).waitFor();
  await d.getByText('4 anggota').waitFor();

  await s.getByRole('link', { name: 'Tautan undangan' }).click();
  await s.getByText('1 dari 10 terpakai').waitFor();
  await s.getByRole('button', { name: 'Cabut' }).click();
  await confirmDialog(s, 'Cabut');
  await s.getByText('Belum ada tautan.').waitFor();
  await go(d, new URL(link).hash.replace('#/', ''));
  await d.getByText('Undangan ini sudah dipakai, dicabut').waitFor();
  expect(await d.getByRole('button', { name: 'Gabung' }).isVisible()).toBe(false);
  expect([...atSari.faults, ...atDewi.faults].filter((fault) => !/status of 404/.test(fault))).toEqual([]);
});

test('the only owner hands the group over and leaves, and the new one deletes it for everyone', async () => {
  const groupId = await createGroup();
  const atSari = await visitAs(sari, box.browser, `${box.url}/#/group-info/${groupId}`);
  const s = atSari.page;
  await s.getByRole('button', { name: 'Keluar dari grup' }).click();
  await s.getByText('Grup perlu pemilik, dan kamu satu-satunya.').waitFor();
  await s.getByLabel('Pemilik baru').selectOption(citra.username);
  await waitForToast(s, 'Kamu keluar dari Arisan.', () => confirmDialog(s, 'Serahkan dan keluar'));
  await chatRow(s, 'Arisan').waitFor({ state: 'detached' });
  expect((await infoOf(citra, groupId)).members.map(({ id, role }) => [id, role])).toEqual([
    [budi.id, 'member'],
    [citra.id, 'owner'],
  ]);
  const atCitra = await visitAs(citra, box.browser, `${box.url}/#/group-info/${groupId}`);
  const c = atCitra.page;
  const atBudi = await visitAs(budi, box.browser, `${box.url}/#/group-info/${groupId}`);
  await atBudi.page.getByText('2 anggota').waitFor();
  await c.getByRole('button', { name: 'Hapus grup untuk semua' }).click();
  await confirmDialog(c, 'Hapus grup');
  await chatRow(c, 'Arisan').waitFor({ state: 'detached' });
  await atBudi.page.getByText('Grup ini tidak ada, atau kamu bukan anggotanya lagi.').waitFor();
  expect([...atSari.faults, ...atCitra.faults, ...atBudi.faults]).toEqual([]);
});

test('@ offers the members by keyboard, the message carries the mention, and its info says who read it', async () => {
  const groupId = await createGroup();
  await budi.patch('/me', { displayName: 'Pak Budi' });
  const { page, faults } = await visitAs(sari, box.browser, `${box.url}/#/chat/${groupId}`);
  const input = page.getByLabel('Tulis pesan');
  await input.pressSequentially('Halo @');
  const options = page.getByRole('option');
  await expect
    .poll(() => options.locator('.person-text').allTextContents())
    .toEqual([`${citra.username}@${citra.username}`, `Pak Budi@${budi.username}`]);
  await page.keyboard.press('ArrowDown');
  const active = await input.getAttribute('aria-activedescendant');
  expect(await page.locator(`#${active}`).getAttribute('aria-selected')).toBe('true');
  await page.keyboard.press('Escape');
  await options.first().waitFor({ state: 'detached' });
  await input.pressSequentially('bud');
  await page.keyboard.press('Tab');
  expect(await input.inputValue()).toBe(`Halo @${budi.username} `);
  await input.pressSequentially('dan @cit');
  await options.getByText(`@${citra.username}`).click();
  const text = `Halo @${budi.username} dan @${citra.username} `.trim();
  await page.keyboard.press('Enter');
  await row(page, text).waitFor();
  const newest = async () => {
    const { body } = await budi.get(`/chat/history?myId=${budi.id}&conversationId=${groupId}&limit=1`);
    return (body as Message[])[0];
  };
  await expect.poll(async () => (await newest())?.mentions).toEqual([budi.id, citra.id]);
  await budi.post('/chat/read', { conversationId: groupId, seq: (await newest())?.seq });
  await chooseFromMenu(page, text, 'Info pesan');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('heading', { name: 'Dibaca (1)' }).waitFor();
  await dialog.getByText('Pak Budi').waitFor();
  await dialog.getByRole('heading', { name: 'Belum sampai (1)' }).waitFor();
  await dialog.getByRole('button', { name: 'Tutup' }).click();
  expect(faults).toEqual([]);
});
