import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { enFiles } from './en/files.ts';
import { enImport } from './en/import.ts';
import { enLazy } from './en/lazy.ts';
import { enLogin } from './en/login.ts';
import { enOwner } from './en/owner.ts';
import { en } from './en.ts';
import { createI18n, inOneLine } from './i18n.ts';
import { idFiles } from './id/files.ts';
import { idImport } from './id/import.ts';
import { idLazy } from './id/lazy.ts';
import { idLogin } from './id/login.ts';
import { idOwner } from './id/owner.ts';
import { id } from './id.ts';
import { chooseLanguage, fetchLazyTexts, fetchTexts, type Key } from './language.ts';
import type { Text } from './text.ts';

const forms = (text: Text) => (typeof text === 'string' ? [text] : [text.one, text.other]);
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

const lazy = {
  id: { ...idLogin, ...idLazy, ...idFiles, ...idOwner, ...idImport },
  en: { ...enLogin, ...enLazy, ...enFiles, ...enOwner, ...enImport },
};
const all = { id: { ...id, ...lazy.id }, en: { ...en, ...lazy.en } };

test('both languages have the same keys, eager and lazy, each in one file, and no empty text', () => {
  expect(Object.keys(en)).toEqual(Object.keys(id));
  expect(Object.keys(enLazy)).toEqual(Object.keys(idLazy));
  expect(Object.keys(enLogin)).toEqual(Object.keys(idLogin));
  expect(Object.keys(enFiles)).toEqual(Object.keys(idFiles));
  expect(Object.keys(enOwner)).toEqual(Object.keys(idOwner));
  expect(Object.keys(enImport)).toEqual(Object.keys(idImport));
  for (const part of [idLogin, idFiles, idOwner, idImport])
    expect(Object.keys(part).filter((key) => key in idLazy)).toEqual([]);
  for (const language of ['id', 'en']) {
    const sources = readdirSync(join(import.meta.dirname, language)).map((name) =>
      readFileSync(join(import.meta.dirname, language, name), 'utf8'),
    );
    const written = sources.flatMap((source) =>
      [...source.matchAll(/^ {2}'([^']+)':/gm)].map(([, key]) => key),
    );
    expect([...written].sort()).toEqual(Object.keys(lazy.id).sort());
  }
  expect(Object.keys(lazy.id).filter((key) => key in id)).toEqual([]);
  for (const text of [...Object.values(all.id), ...Object.values(all.en)]) {
    for (const form of forms(text)) expect(form.trim()).not.toBe('');
  }
});

test('every text has the same parameters in both languages', () => {
  for (const key of Object.keys(all.id) as Key[]) {
    for (const form of forms(all.en[key]))
      expect([key, ...holes(form)]).toEqual([key, ...holes(forms(all.id[key])[0] ?? '')]);
  }
});

/** The sources that a source imports statically, directly or indirectly. */
function staticImports(path: string, seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(path)) return seen;
  const source = readFileSync(path, 'utf8');
  seen.set(path, source);
  for (const [, to = ''] of source.matchAll(/^(?:import|export)\s(?!type)[^;]*?from '(\.[^']+\.ts)'/gm))
    staticImports(join(dirname(path), to), seen);
  return seen;
}

test('the eager code uses no key of the lazy wording', () => {
  const sources = staticImports(fileURLToPath(new URL('../main.ts', import.meta.url)));
  expect(sources.size).toBeGreaterThan(60);
  const code = [...sources.values()].join();
  expect(Object.keys(lazy.id).filter((key) => code.includes(`'${key}'`))).toEqual([]);
});

test('the lazy wording is added to that of the language in use, and the words of files where they are needed', async () => {
  const { t } = createI18n('en', await fetchTexts('en'));
  await fetchLazyTexts('en');
  expect([t('friend.submit'), t('attach.file')]).toEqual(['Add', 'attach.file']);
  await fetchLazyTexts('en', true);
  expect(t('attach.file')).toBe('File');
});

test('the Indonesian wording starts from the seed’s', () => {
  const { t } = createI18n('id', all.id);
  expect(`${t('login.noAccount')} ${t('login.toRegister')}`).toBe('Belum punya akun? Daftar di sini');
  expect(t('register.title')).toBe('Buat Akun Baru');
  expect(t('register.lead')).toBe('Daftar biar bisa chat teman');
  expect(t('register.submit')).toBe('Daftar Sekarang');
  expect(`${t('register.haveAccount')} ${t('register.toLogin')}`).toBe('Sudah punya akun? Login di sini');
  expect(t('chats.search')).toBe('Cari chat & pesan');
});

test('the stored language is chosen, else the first preferred one that the page speaks, else Indonesian', () => {
  expect(chooseLanguage('en', ['id-ID'])).toBe('en');
  expect(chooseLanguage(null, ['fr-FR', 'en-GB', 'id'])).toBe('en');
  expect(chooseLanguage('xx', ['ja'])).toBe('id');
});

test('each language is loaded separately', async () => {
  expect(await fetchTexts('id')).toBe(id);
  expect(await fetchTexts('en')).toBe(en);
});

test('a text is in the singular or the plural where the language distinguishes them', () => {
  const english = createI18n('en', en);
  expect(english.t('chat.newBelow', { n: 1 })).toBe('1 new message');
  expect(english.t('chat.newBelow', { n: 3 })).toBe('3 new messages');
  expect(createI18n('id', id).t('chat.newBelow', { n: 3 })).toBe('3 pesan baru');
});

test('a parameter is inserted as plain text, not as a replacement pattern', () => {
  expect(createI18n('id', all.id).t('friend.added', { name: '{name} $& <b>' })).toBe(
    '{name} $& <b> sekarang temanmu.',
  );
});

test('times are formatted as in the region', () => {
  const now = Date.UTC(2026, 2, 12, 7, 5);
  const DAY_MS = 24 * 60 * 60 * 1_000;
  const indonesian = createI18n('id', id, ['id-ID'], 'Asia/Jakarta');
  expect(indonesian.time(now)).toBe('14.05');
  expect(indonesian.listTime(now, now)).toBe('14.05');
  expect(indonesian.listTime(now - DAY_MS, now)).toBe('Kemarin');
  expect(indonesian.listTime(now - 3 * DAY_MS, now)).toBe('Sen');
  expect(indonesian.listTime(now - 40 * DAY_MS, now)).toBe('31/01/26');
  expect(indonesian.day(now, now)).toBe('Hari ini');
  expect(indonesian.day(now - 3 * DAY_MS, now)).toBe('Senin, 9 Maret');
  expect(createI18n('en', en, ['en-GB'], 'UTC').time(now)).toBe('07:05');
});

test.each([
  // Days of 23 and of 25 hours, and a zone where a day begins at 01:00.
  ['Europe/Berlin', '2026-03-29T22:30:00Z', '2026-03-28T12:00:00Z', 'Sat'],
  ['Europe/Berlin', '2026-03-29T22:30:00Z', '2026-03-29T12:00:00Z', 'Yesterday'],
  ['Europe/Berlin', '2026-03-29T22:30:00Z', '2026-03-28T23:10:00Z', 'Yesterday'],
  ['Europe/Berlin', '2026-10-25T22:30:00Z', '2026-10-24T12:00:00Z', 'Yesterday'],
  ['Europe/Berlin', '2026-10-25T22:30:00Z', '2026-10-24T22:10:00Z', '00:10'],
  ['Europe/Berlin', '2026-10-25T22:30:00Z', '2026-10-23T22:10:00Z', 'Yesterday'],
  ['Africa/Cairo', '2026-04-24T22:30:00Z', '2026-04-23T20:00:00Z', 'Thu'],
  ['Africa/Cairo', '2026-04-24T22:30:00Z', '2026-04-24T01:00:00Z', 'Yesterday'],
  ['Asia/Jakarta', '2026-03-11T17:05:00Z', '2026-03-11T16:55:00Z', 'Yesterday'],
  ['Asia/Jakarta', '2026-03-11T17:05:00Z', '2026-03-05T17:05:00Z', 'Fri'],
  ['Asia/Jakarta', '2026-03-11T17:05:00Z', '2026-03-05T16:55:00Z', '05/03/26'],
])(
  'yesterday is the calendar day before: in %s at %s, the time %s is shown as %s',
  (zone, now, at, called) => {
    const { listTime } = createI18n('en', en, ['en-GB'], zone);
    expect(listTime(Date.parse(at), Date.parse(now))).toBe(called);
  },
);

test('a day is called yesterday on the calendar day after it, in every time zone, and on no other day', () => {
  const zones = [
    'Asia/Jakarta',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  ];
  const year = { min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) };
  const i18n = zones.map((zone) => [zone, createI18n('en', en, ['en-GB'], zone)] as const);
  const calendar = new Map(
    zones.map((timeZone) => [timeZone, new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' })]),
  );
  const time = fc.integer(year);
  const ahead = fc.integer({ min: -3 * 3_600_000, max: 60 * 3_600_000 });
  fc.assert(
    fc.property(fc.constantFrom(...i18n), time, ahead, ([zone, { day, moment }], at, elapsed) => {
      const dateOf = (of: number) => calendar.get(zone)?.format(of) ?? '';
      const next = new Date(Date.parse(dateOf(at)) + 24 * 3_600_000).toISOString().slice(0, 10);
      const isYesterday = dateOf(at + elapsed) === next;
      expect(day(at, at + elapsed) === 'Yesterday').toBe(isYesterday);
      expect(moment(at, at + elapsed).startsWith('yesterday ')).toBe(isYesterday);
      expect(day(at, at + elapsed) === 'Today').toBe(dateOf(at) === dateOf(at + elapsed));
    }),
  );
});

test('a change of the browser’s time zone is followed, unless a time zone was given', () => {
  const at = Date.UTC(2026, 2, 12, 20, 5);
  const zone = (timeZone: string) =>
    vi
      .spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions')
      .mockReturnValue({ timeZone } as Intl.ResolvedDateTimeFormatOptions);
  zone('UTC');
  const [following, fixed] = [createI18n('en', en, ['en-GB']), createI18n('en', en, ['en-GB'], 'UTC')];
  expect([following.time(at), following.dayKey(at), following.updateTimeZone()]).toEqual([
    '20:05',
    '2026-03-12',
    false,
  ]);
  zone('Asia/Jakarta');
  expect([following.updateTimeZone(), fixed.updateTimeZone()]).toEqual([true, false]);
  expect([following.time(at), following.dayKey(at), fixed.time(at)]).toEqual([
    '03:05',
    '2026-03-13',
    '20:05',
  ]);
  expect(following.updateTimeZone()).toBe(false);
  vi.restoreAllMocks();
});

test('an error code that the page does not know gets a general sentence', () => {
  const { errorMessage } = createI18n('en', en);
  expect(errorMessage('USERNAME_TAKEN')).toBe('This username is taken.');
  expect(errorMessage('CODE_OF_THE_FUTURE' as 'UNKNOWN')).toBe(en['error.UNKNOWN']);
});

test('a name that is written from right to left is isolated within a sentence, and any other is not', () => {
  const { t } = createI18n('en', { ...en, ...enLazy });
  expect(t('friend.added', { name: 'Budi' })).toBe('Budi is now your friend.');
  for (const name of ['שלום!', 'عمر (1)', '\u202Eabc', '𞤀𞤣']) {
    expect(t('friend.added', { name })).toBe(`\u2068${name}\u2069 is now your friend.`);
  }
});

test('in one line, each line of a text keeps its own direction, and the first gives that of the whole', () => {
  expect(inOneLine('hi\nשלום עולם!\nok')).toBe('hi \u2068שלום עולם!\u2069 ok');
  expect(inOneLine('שלום עולם!\nhi')).toBe('שלום עולם! hi');
  expect(inOneLine('satu\n\ndua')).toBe('satu  dua');
});
