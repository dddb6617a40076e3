import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { EXAMPLE } from '../../chat-core/src/wire/examples.ts';
import type { Delta, GroupConversation, GroupInfo, Id } from '../../chat-core/src/wire/wire.ts';
import { PASSWORD, type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visit, visitAs } from './support/browser.ts';
import { chatRow, chooseFromMenu, go, readLink, row, waitForToast } from './support/page-actions.ts';

const box = openBox();
const NARROW = { ...PHONE, viewport: { width: 360, height: 640 } };
const PICTURE = { name: 'arisan.png', mimeType: 'image/png', buffer: Buffer.from(EXAMPLE.png, 'base64') };
let sari: Person;
let budi: Person;
let citra: Person;
let groupId: Id;
let round = 0;

/** Sari owns a group with Budi; Citra has no friends and no group. */
beforeEach(async () => {
  round += 1;
  const names = ['sari', 'budi', 'citra'].map((name) => `${name}${round}`);
  const people = await Promise.all(names.map((name) => signUp(box.url, name)));
  [sari, budi, citra] = people as [Person, Person, Person];
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
  const { body } = await sari.post('/groups', { name: 'Arisan', memberIds: [budi.id] });
  groupId = (body as GroupConversation).id;
});

const say = (by: Person, message: string, more = {}) =>
  by.post('/chat/send', { senderId: by.id, conversationId: groupId, message, ...more });
const infoOf = async (person: Person) => (await person.get(`/groups/${groupId}`)).body as GroupInfo;
const linkOf = async (more: object) =>
  ((await sari.post(`/groups/${groupId}/links`, more)).body as { code: string }).code;

test('the picture of a group is seen by its members until it is removed, and one mutes also what mentions them', async () => {
  const atSari = await visitAs(sari, box.browser, `${box.url}/#/group-info/${groupId}/settings`);
  const atBudi = await visitAs(budi, box.browser, `${box.url}/#/group-info/${groupId}`);
  const [s, b] = [atSari.page, atBudi.page];
  const face = (page: Page) => page.locator('main .avatar-group .avatar-picture');
  await waitForToast(s, 'Foto diganti.', () => s.getByLabel('Pilih foto').setInputFiles(PICTURE));
  await face(b).waitFor();
  await chatRow(b, 'Arisan').locator('.avatar-picture').waitFor();
  await waitForToast(s, 'Foto dihapus.', () => s.getByRole('button', { name: 'Hapus foto' }).click());
  await face(b).waitFor({ state: 'detached' });

  const mutes = async () => ((await budi.poll()).body as Delta).me;
  await b.getByRole('button', { name: 'Sunyikan' }).click();
  await b.getByRole('dialog').getByLabel('Juga saat namamu disebut').check();
  await b.getByRole('dialog').getByRole('button', { name: 'Selalu' }).click();
  await b.getByRole('button', { name: 'Bunyikan lagi' }).waitFor();
  expect(await mutes()).toMatchObject({ muted: [{ conversationId: groupId, mentions: true }] });
  await say(sari, `hai @${budi.username}`, { mentions: [budi.id] });
  await chatRow(b, 'Arisan').getByText('1 pesan menyebut kamu').waitFor({ state: 'attached' });
  expect(await b.title()).not.toMatch(/^\(/);
  expect([...atSari.faults, ...atBudi.faults]).toEqual([]);
});

test('each permission that is given appears at once for the members, who use it', async () => {
  await say(sari, 'Salah ketik');
  const atSari = await visitAs(sari, box.browser, `${box.url}/#/group-info/${groupId}/settings`);
  const atBudi = await visitAs(budi, box.browser, `${box.url}/#/group-info/${groupId}`);
  const [s, b] = [atSari.page, atBudi.page];
  await b.getByText('2 anggota').first().waitFor();
  expect(await b.getByRole('link', { name: 'Tambah anggota' }).isVisible()).toBe(false);
  const names = ['Menambahkan teman mereka', 'Mengganti nama dan foto grup', 'Menghapus pesan orang lain'];
  for (const name of names)
    await waitForToast(s, 'Pilihan disimpan.', () => s.getByRole('switch', { name }).check());
  await b.getByRole('link', { name: 'Tambah anggota' }).waitFor();
  await b.getByRole('link', { name: 'Pengaturan grup' }).click();
  await b.getByLabel('Nama grup').fill('Arisan RT 05');
  await b.getByLabel('Nama grup').press('Enter');
  await s.getByText('Arisan RT 05').first().waitFor();
  expect(await b.getByRole('switch').count()).toBe(0);
  await go(b, `chat/${groupId}`);
  await chooseFromMenu(b, 'Salah ketik', 'Hapus');
  await b.getByRole('dialog').getByRole('button', { name: 'Hapus untuk semua' }).click();
  await row(b, 'Salah ketik').waitFor({ state: 'detached' });
  await expect
    .poll(async () =>
      JSON.stringify((await sari.get(`/chat/history?myId=${sari.id}&conversationId=${groupId}`)).body),
    )
    .toContain('"deleted":true');
  expect([...atSari.faults, ...atBudi.faults]).toEqual([]);
});

test('a visitor registers by the link of a group, sees its name, joins without approval and reads the old messages, with the names of former members', async () => {
  const former = await signUp(box.url, `dewi${round}`);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: former.username });
  await sari.post(`/groups/${groupId}/members`, { userIds: [former.id] });
  await say(former, 'Sampai jumpa');
  await former.delete(`/groups/${groupId}/members/${former.id}`);
  const atSari = await visitAs(sari, box.browser, `${box.url}/#/group-info/${groupId}/settings`);
  const s = atSari.page;
  await waitForToast(s, 'Pilihan disimpan.', () =>
    s.getByLabel('Membaca semua pesan, juga yang lama').check(),
  );
  await go(s, `group-info/${groupId}/links`);
  await s.getByRole('button', { name: 'Buat tautan' }).click();
  const link = await readLink(s, 'Tautan grup');

  const visitor = await visit(box.browser, link);
  const v = visitor.page;
  await v.getByRole('link', { name: 'Daftar di sini' }).click();
  await v.getByLabel('Username').fill(`eka${round}`);
  await v.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await v.getByRole('button', { name: 'Daftar Sekarang' }).click();
  await v.getByText('Arisan').first().waitFor();
  await v.getByText('Anggota baru juga membaca pesan lama.').waitFor();
  await v.getByRole('button', { name: 'Gabung', exact: true }).click();
  await row(v, 'Sampai jumpa').locator('.bubble-sender').getByText(former.username).waitFor();
  await v.locator('.event').getByText(`${former.username} keluar`).waitFor();
  await chooseFromMenu(v, 'Sampai jumpa', 'Balas');
  await v.getByText(`Membalas ${former.username}`).waitFor();
  expect([...atSari.faults, ...visitor.faults]).toEqual([]);
});

test('an admin refuses a person who asks to join, and on a narrow phone nothing of a group scrolls sideways', async () => {
  const code = await linkOf({ approval: true });
  await citra.post('/groups/join', { code });
  await sari.patch(`/groups/${groupId}`, { name: 'Panitia '.repeat(8).trim() });
  await say(sari, `https://example.org/${'panjang'.repeat(30)}`);
  await say(budi, `@${sari.username} ${'a'.repeat(300)}`, { mentions: [sari.id] });
  const { page, faults } = await visitAs(sari, box.browser, `${box.url}/#/group-info/${groupId}`, NARROW);
  await page.getByRole('heading', { name: 'Ingin bergabung (1)' }).waitFor();
  const wide = () =>
    page.evaluate(() => {
      const isWide = (node: Element) => {
        const { overflowX, display } = getComputedStyle(node);
        const { right, width } = node.getBoundingClientRect();
        const scrolls = ['auto', 'scroll'].includes(overflowX) && node.scrollWidth > node.clientWidth;
        return scrolls || (display !== 'inline' && width > 1 && right > innerWidth);
      };
      const { scrollWidth } = document.documentElement;
      const nodes = [...document.querySelectorAll('main *')].filter(isWide);
      return [
        ...(scrollWidth > innerWidth ? ['the page'] : []),
        ...nodes.map((node) => `${node.tagName}.${node.className}`),
      ];
    });
  expect(await wide()).toEqual([]);
  await page.getByRole('button', { name: `Tolak ${citra.username}` }).click();
  await page.getByRole('heading', { name: 'Ingin bergabung (1)' }).waitFor({ state: 'hidden' });
  expect((await infoOf(sari)).requests).toBeUndefined();
  expect((await citra.get(`/groups/${groupId}`)).status).toBe(403);
  for (const path of ['/settings', '/links', '/add']) {
    await go(page, `group-info/${groupId}${path}`);
    expect([path, await wide()]).toEqual([path, []]);
  }
  await go(page, `chat/${groupId}`);
  await page.locator('.bubble-text a').waitFor();
  expect(await wide()).toEqual([]);
  expect(faults).toEqual([]);
});

test('a group whose part of the page cannot be loaded says so, and opens once it can, by itself or on a retry', async () => {
  await say(budi, 'Sudah bayar?');
  const PART = /\/assets\/group-chat/;
  const { page } = await visitAs(sari, box.browser, `${box.url}/#/chat/${groupId}`, DESKTOP, (fresh) =>
    fresh.route(PART, (route) => route.abort()),
  );
  await page.getByText('Bagian ini belum bisa dimuat.').waitFor();
  await page.getByRole('heading', { name: 'Arisan' }).waitFor();
  await page.unroute(PART);
  // Another part may load it in between, and the button goes.
  const retry = page.getByRole('button', { name: 'Coba lagi' });
  const shown = row(page, 'Sudah bayar?');
  for (;;) {
    await retry.or(shown).first().waitFor();
    if (await shown.isVisible()) break;
    await retry.click({ timeout: 1000 }).catch(() => undefined);
  }
  await page.getByText('Bagian ini belum bisa dimuat.').waitFor({ state: 'detached' });
});

test('the page of a member who is no friend leads to adding them', async () => {
  const code = await linkOf({});
  await citra.post('/groups/join', { code });
  const { page, faults } = await visitAs(sari, box.browser, `${box.url}/#/contact/${citra.id}`);
  await page.locator('main').getByRole('link', { name: 'Tambah teman' }).click();
  await page.getByRole('button', { name: 'Tambah', exact: true }).click();
  await page.getByRole('heading', { name: citra.username }).waitFor();
  await go(page, `contact/${citra.id}`);
  await page.getByRole('button', { name: 'Hapus dari teman' }).waitFor();
  expect(await page.locator('main').getByRole('link', { name: 'Tambah teman' }).isVisible()).toBe(false);
  expect(faults).toEqual([]);
});
