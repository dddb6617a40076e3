import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { PHONE, visitAs } from './support/browser.ts';
import { misfits } from './support/misfits.ts';
import { answerOwner, badBox, goodBox, ownerCodeIn } from './support/owner-answers.ts';
import { go, waitForToast } from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let other: Person;

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  other = await signUp(box.url, 'nama.yang.sangat.panjang-sekali0');
  await sari.post('/owner/claim', { code: ownerCodeIn(box.pair.core().log()) });
  await sari.post('/friends/report', { userId: other.id, reason: 'other' });
});

test.each([
  [
    'id-ID',
    '6 hal perlu perhatianmu',
    'Layanan segel tidak menjawab',
    'Semuanya baik',
    'diuji 3 jam yang lalu',
  ],
  [
    'en-GB',
    '6 things need your attention',
    'The sealing service does not answer',
    'Everything is fine',
    'tested 3 hours ago',
  ],
])(
  'the state of a box is said in words first, what is wrong most urgently first, and follows the box: %s',
  async (locale, attention, first, good, tested) => {
    const { page, faults } = await visitAs(sari, box.browser, box.url, { ...PHONE, locale });
    await answerOwner(page, 'box', badBox());
    await go(page, 'owner');
    await page.getByRole('heading', { name: attention }).waitFor();
    expect(await page.locator('.finding h3').first().textContent()).toBe(first);
    expect(await misfits(page)).toEqual([]);
    await answerOwner(page, 'box', goodBox());
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.getByRole('heading', { name: good }).waitFor();
    await page.getByText(tested).first().waitFor();
    expect(await page.locator('.finding').count()).toBe(0);
    expect(faults).toEqual([]);
  },
);

test('every page of the owner fits a phone of 320 pixels and has targets of 44 pixels', async () => {
  const { page } = await visitAs(sari, box.browser, box.url, PHONE);
  await answerOwner(page, 'backups', goodBox().backup);
  const pages = ['', '/people', `/people/${other.id}`, '/reports', '/settings', '/backups', '/audit'];
  for (const path of pages) {
    await go(page, `owner${path}`);
    await page.locator('.owner').getByText('Sebentar…').first().waitFor({ state: 'hidden' });
    expect([path, ...(await misfits(page))]).toEqual([path]);
  }
});

test('a backup that is started is followed until its rehearsal has ended', async () => {
  const { page } = await visitAs(sari, box.browser, box.url);
  const backup = { ...goodBox().backup, attemptAt: 1 };
  await answerOwner(page, 'backups', backup);
  await go(page, 'owner/backups');
  await page.getByRole('heading', { name: 'Cadangan baik' }).waitFor();
  await page.getByRole('button', { name: 'Cadangkan sekarang' }).click();
  await page.getByRole('button', { name: 'Sedang mencadangkan…' }).waitFor();
  await page.getByRole('progressbar').waitFor();
  // Stored, and not yet rehearsed.
  const { rehearsal: _, ...stored } = { ...backup, attemptAt: 2, lastAt: Date.now(), running: true };
  await answerOwner(page, 'backups', stored);
  await page.getByRole('heading', { name: 'Cadangan ada, belum diuji' }).waitFor();
  expect(await page.getByRole('button', { name: 'Sedang mencadangkan…' }).count()).toBe(1);
  await waitForToast(page, 'Cadangan selesai.', () =>
    answerOwner(page, 'backups', { ...backup, attemptAt: 2, lastAt: Date.now() }),
  );
  await page.getByRole('button', { name: 'Cadangkan sekarang' }).waitFor();
});

test.each([
  ['id-ID', 'TARGET_MISSING', 'Tempat cadangan tidak ada.', 'Cadangkan sekarang', 'Cadangan terakhir gagal'],
  ['en-GB', 'TARGET_MISSING', 'is not there. Plug', 'Back up now', 'The last backup failed'],
  [
    'id-ID',
    'NO_RECOVERY_KEY',
    './bisik backup --new-recovery-key',
    'Cadangkan sekarang',
    'Cadangan terakhir gagal',
  ],
  ['en-GB', 'TARGET_FULL', 'is full. Make room', 'Back up now', 'The last backup failed'],
])(
  'a backup that fails says why in words, also when it fails in the same way again: %s %s',
  async (locale, error, words, press, failed) => {
    const { page } = await visitAs(sari, box.browser, box.url, { ...PHONE, locale });
    const backup = { ...goodBox().backup, error, attemptAt: 1 };
    await answerOwner(page, 'backups', backup);
    await go(page, 'owner/backups');
    await page.getByText(words).waitFor();
    await page.getByText(error).waitFor();
    await page.getByRole('button', { name: press }).click();
    await page.getByRole('progressbar').waitFor();
    await waitForToast(page, failed, () => answerOwner(page, 'backups', { ...backup, attemptAt: 2 }));
    await page.getByRole('button', { name: press }).waitFor();
    expect(await misfits(page)).toEqual([]);
  },
);

test('the first backup of a box is announced, and followed from its beginning', async () => {
  const { page } = await visitAs(sari, box.browser, box.url);
  const due = Date.now() - 16 * 3_600_000;
  await answerOwner(page, 'backups', { target: '/backups', next: due });
  await go(page, 'owner/backups');
  await page.getByRole('heading', { name: 'Belum ada cadangan' }).waitFor();
  await page.getByText('sebentar lagi').waitFor();
  await answerOwner(page, 'backups', { target: '/backups', next: due, attemptAt: 1, running: true });
  await page.getByRole('progressbar').waitFor();
  await waitForToast(page, 'Cadangan selesai.', () =>
    answerOwner(page, 'backups', { ...goodBox().backup, attemptAt: 1 }),
  );
  await page.getByRole('heading', { name: 'Cadangan baik' }).waitFor();
});

test('a backup that runs already when the page is opened is followed', async () => {
  const { page } = await visitAs(sari, box.browser, box.url);
  const backup = { ...goodBox().backup, attemptAt: 1 };
  await answerOwner(page, 'backups', { ...backup, running: true });
  await go(page, 'owner/backups');
  await page.getByRole('progressbar').waitFor();
  await waitForToast(page, 'Cadangan selesai.', () => answerOwner(page, 'backups', backup));
});

test('a box that cannot be asked says so with the code on demand, and the pages stay open', async () => {
  const { page } = await visitAs(sari, box.browser, box.url);
  await page.route('**/api/owner/box', (route) =>
    route.fulfill({ status: 503, json: { error: '', code: 'OVERLOADED' } }),
  );
  await go(page, 'owner');
  await page.getByText('Keadaan kotak belum bisa dimuat.').waitFor();
  await page.locator('details.code summary').click();
  await page.getByText('OVERLOADED').waitFor();
  await page.getByRole('link', { name: /^Orang/ }).waitFor();
});
