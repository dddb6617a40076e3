/** The whole guide in a real browser: install, two phones chat, and the owner's pages against the composed pair. */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { PASSWORD, type Person } from '../../../chat-core/test/support/person.ts';
import type { InstalledBox } from '../../../scripts/box/check-install.ts';
import { docker, type Section, stopwatch, waitFor } from '../../../scripts/box/harness.ts';
import { axeFindings } from '../support/axe.ts';
import { openBrowser, type Visit, visit, visitAs } from '../support/browser.ts';
import { misfits } from '../support/misfits.ts';
import { ownerCodeIn } from '../support/owner-answers.ts';
import { go, logIn, openChat, row, write } from '../support/page-actions.ts';

const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  hasTouch: true,
  isMobile: true,
};
const LOCALES = { id: 'id-ID', en: 'en-GB' };
/** What the page shows while it loads. */
const BUSY = /^(Sebentar|One moment|Just a moment)/;
/** Ends a wait that would never end. */
const TIMEOUT_MS = 60_000;
const GREETING = 'halo dari HP kedua';

/** Runs the checks; the pictures of the owner's pages go to `shots`, which stays. */
export async function checkOwner(box: InstalledBox, shots: string, section: Section): Promise<void> {
  mkdirSync(shots, { recursive: true });
  const browser = await openBrowser();
  try {
    const sari = await checkGuide(box, browser, section);
    await checkBackups(box, sari, section);
    await checkPages(sari, browser, shots, section);
    await checkSuspension(sari, section);
    await checkMissingFolder(box, sari, section);
    await checkRestore(box, sari, section);
    section.note(
      `The pictures of the owner's pages are in \`${shots.replace(/^.*\//, '')}\` of the temporary folder.`,
    );
  } catch (error) {
    // What each phone showed says why.
    const open = browser.contexts().flatMap((context) => context.pages());
    for (const [n, page] of open.entries())
      await page.screenshot({ path: join(shots, `failure-${n}.png`) }).catch(() => {});
    throw error;
  } finally {
    await browser.close();
  }
}

type Phones = {
  first: Visit;
  second: Visit;
  address: string;
  owner: Pick<Person, 'id' | 'username' | 'token'>;
};

/** From a folder with the script alone to two phones that chat, as docs/self-hosting.md says, counted in commands and seconds. */
async function checkGuide(box: InstalledBox, browser: Browser, { check, note }: Section): Promise<Phones> {
  const seconds = stopwatch();
  const { output } = await box.bisik('install', '--yes', '--set', `COMPOSE_PROJECT_NAME=${box.project}`);
  const [link = '', address = ''] = /(http\S+)\/#\/invite\/\w+/.exec(output) ?? [];
  const installed = seconds();
  const first = await register(browser, link, 'sari');
  await go(first.page, 'invites');
  await first.page.getByRole('button', { name: 'Buat tautan' }).click();
  const field = first.page.getByLabel('Tautan undangan');
  const invitation = await waitFor(
    () => field.inputValue(),
    (text) => text !== '',
  );
  const second = await register(browser, invitation, 'budi');
  await openChat(second.page, 'sari');
  await write(second.page, GREETING);
  await go(first.page, '');
  await openChat(first.page, 'budi');
  await row(first.page, GREETING).waitFor();
  note(
    `The guide, with images there: 1 command (\`./bisik install\`), ${installed}; until two phones had opened their links, registered and chatted, ${seconds()}.`,
  );
  check('two phones chat after one command', true, `${installed}, ${seconds()}`);

  const { output: printed } = await box.bisik('owner');
  await go(first.page, 'settings');
  await first.page.getByRole('link', { name: 'Kelola kotak' }).click();
  await first.page.getByLabel('Kode pemilik').fill(ownerCodeIn(printed));
  await first.page.getByRole('button', { name: 'Jadi pemilik' }).click();
  await first.page.getByRole('link', { name: /^Orang/ }).waitFor();
  check('with the code of ./bisik owner the first of them becomes the owner on the page', true);
  const session = await first.page.evaluate(() => localStorage.getItem('bisik.session'));
  return { first, second, address, owner: JSON.parse(session ?? '{}') };
}

async function register(browser: Browser, link: string, username: string): Promise<Visit> {
  const phone = await visit(browser, link, PHONE);
  phone.context.setDefaultTimeout(TIMEOUT_MS);
  await phone.page.getByRole('link', { name: 'Buat Akun Baru' }).click();
  await phone.page.getByLabel('Username baru').fill(username);
  await phone.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await phone.page.getByRole('button', { name: 'Daftar Sekarang' }).click();
  await phone.page.getByRole('navigation', { name: 'Daftar chat' }).waitFor();
  return phone;
}

/** The folder that stands for a USB disk. */
const diskOf = (box: InstalledBox) => join(box.folder, 'usb');

const keyOf = (box: InstalledBox) => join(box.folder, 'recovery-key');

async function checkBackups(box: InstalledBox, { first }: Phones, { check }: Section): Promise<void> {
  const made = await box.bisik('backup', '--new-recovery-key');
  const key = /AGE-SECRET-KEY-1\w+/.exec(made.output)?.[0] ?? '';
  writeFileSync(keyOf(box), `${key}\n`, { mode: 0o600 });
  mkdirSync(diskOf(box));
  chmodSync(diskOf(box), 0o777);
  const settings = ['COMPOSE_PROFILES=backups', `BACKUP_FOLDER=${diskOf(box)}`];
  const set = await box.bisik('install', '--yes', ...settings.flatMap((one) => ['--set', one]));
  const { page } = first;
  await go(page, 'owner/backups');
  // A new box has no backup: its first is due at once.
  await page.getByRole('heading', { name: 'Cadangan baik' }).waitFor();
  check('nightly backups begin when their folder is set', set.code === 0, set.output.split('\n').at(-1));
  const state = async () =>
    JSON.parse(await docker('exec', box.container('backups'), 'cat', '/scratch/state.json'));
  await waitFor(state, ({ running }) => !running);
  // The toast of the first one.
  await page.getByText('Cadangan selesai.').waitFor({ state: 'hidden' });
  const before = await state();
  await page.getByRole('button', { name: 'Cadangkan sekarang' }).click();
  await page.getByText('Cadangan selesai.').waitFor();
  const after = await state();
  const isRehearsed = after.rehearsedAt > before.rehearsedAt && after.rehearsal === 'ok' && !after.running;
  check('“back up now” is done when another backup was made and rehearsed', isRehearsed, after.lastName);
}

/** Each page of the owner in both languages, on a phone. */
async function checkPages(
  { address, owner, second }: Phones,
  browser: Browser,
  shots: string,
  { check }: Section,
): Promise<void> {
  const session = await second.page.evaluate(() => localStorage.getItem('bisik.session'));
  const { id } = JSON.parse(session ?? '{}') as { id: string };
  const pages = ['', '/people', `/people/${id}`, '/reports', '/settings', '/backups', '/audit'];
  for (const [language, locale] of Object.entries(LOCALES)) {
    const options = { ...PHONE, locale, reducedMotion: 'reduce' as const };
    const { page, context, faults } = await visitAs(owner, browser, address, options);
    const found: string[] = [];
    for (const [index, path] of pages.entries()) {
      await go(page, `owner${path}`);
      await page.locator('.owner').getByText(BUSY).first().waitFor({ state: 'hidden' });
      const seen = [...(await axeFindings(page)), ...(await misfits(page))];
      found.push(...seen.map((one) => `${path || '/'}: ${one}`));
      const name = path.split('/')[1] ?? 'box';
      await page.screenshot({ path: join(shots, `${language}-${index}-${name}.png`), fullPage: true });
    }
    const evidence = [...found, ...faults].join('; ');
    check(
      `the owner's pages fit a phone of 360 px, and axe finds nothing: ${language}`,
      evidence === '',
      evidence,
    );
    await context.close();
  }
}

async function checkSuspension({ first, second }: Phones, { check }: Section): Promise<void> {
  const { page } = first;
  const open = async () => {
    await go(page, 'owner/people');
    await page.getByRole('link', { name: 'budi' }).last().click();
  };
  await open();
  await page.getByRole('button', { name: 'Tangguhkan' }).click();
  await page.getByText('budi ditangguhkan.').waitFor();
  await second.page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
  check('a person whom the owner suspends is logged out on their phone', true);
  await open();
  await page.getByRole('button', { name: 'Aktifkan lagi' }).click();
  await page.getByText('budi aktif lagi.').waitFor();
  const read = async () => {
    await go(page, 'owner');
    await go(page, 'owner/audit');
    await page.locator('.audit-event').first().waitFor();
    return (await page.locator('.audit-event').allInnerTexts()).join('\n');
  };
  const actions = ['sari memulai cadangan', 'sari menangguhkan budi', 'sari mengaktifkan lagi budi'];
  const isComplete = (text: string) => actions.every((action) => text.includes(action));
  const log = await waitFor(read, isComplete);
  check('the audit log names who did what, and no text', isComplete(log) && !log.includes(GREETING), log);
}

/** A disk that is not mounted: the box goes on without backups, and both the doctor and the page say so. */
async function checkMissingFolder(box: InstalledBox, { first }: Phones, { check }: Section): Promise<void> {
  const disk = diskOf(box);
  renameSync(disk, `${disk}-unplugged`);
  await box.compose('rm', '--stop', '--force', 'backups');
  const started = await box.bisik('start');
  check(
    'without the folder of backups the start says so',
    started.code === 1 && started.output.includes(disk),
    started.output,
  );
  const doctor = await box.bisik('doctor');
  const [finding = ''] = doctor.output.split('\n').filter((line) => line.includes('nightly backups'));
  check('doctor says that the disk of the backups is not there', finding.includes(disk), finding);
  const { page } = first;
  await go(page, '');
  await openChat(page, 'budi');
  await write(page, 'masih bisa');
  await row(page, 'masih bisa').waitFor();
  check('messages go on meanwhile', true);
  renameSync(`${disk}-unplugged`, disk);
  const again = await box.bisik('start');
  check('with the disk back, the start brings the backups back', again.code === 0, again.output);
}

/** The newest nightly backup, by one command, with its settings beside it: people log in again, and find their messages. */
async function checkRestore(box: InstalledBox, { first, second }: Phones, { check }: Section): Promise<void> {
  const out = join(box.folder, 'settings-of-backup');
  const words = ['--from-target', '--identity-file', keyOf(box), '--settings', out, '--yes'];
  const restored = await box.bisik('restore', ...words);
  const isRestored = restored.code === 0 && restored.output.includes('Everyone logs in again');
  check('./bisik restore --from-target takes the newest nightly backup', isRestored, restored.output);
  const settings = readFileSync(join(out, 'from-backup', '.env'), 'utf8');
  check('with --settings the .env of the backup is beside the box', settings.includes('BACKUP_FOLDER='), out);
  for (const { page } of [first, second])
    await page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
  await logIn(first.page, 'sari');
  await go(first.page, '');
  await openChat(first.page, 'budi');
  await row(first.page, GREETING).waitFor();
  check('both phones are logged out, and after a login the messages are there', true);
}
