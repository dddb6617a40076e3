import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

/** The 22,000 most used passwords of 8 characters or more, and 6,000 shorter words: sorted lines (docs/dependencies.md). */
const LIST = new URL('./common-passwords.txt.br', import.meta.url);
/** What people append to a word so that a rule accepts it: up to four digits or signs. */
const SUFFIX = /[\d!@#$%&*?.,_+=-]{1,4}$/;
const MIN_STEM_LENGTH = 5;
const NEWLINE = 10;

/** Passwords that are guessed first in Indonesia and that the list, which is of the whole world, lacks. */
const OURS: ReadonlySet<string> = new Set(
  `adminadmin adminbisik akucintakamu akucintakamuselamanya akusayangkamu alhamdulillah anakanak aremania
  assalamualaikum astagfirullah ayahbunda ayahibu bahagia bandung bandunglautanapi bismilah bobotoh bonekmania bundaayah
  cantik cintaku cintasejati freefire gadogado gakadapassword garuda gojek123 ibuayah indomie insyaallah jakarta
  jakmania kampung katasandi keluarga keluargaku kucingku malaikat manchesterunited masyaallah mobilelegends
  merdeka nusantara p@ssword pancasila papamama persebaya persib persija pramuka pubgmobile rahasia rahasiaku
  rahasiadong rendang roblox root1234 sandiku sandirahasia sayangkamu sayangku sayangmama sebelasduabelas secretsecret
  selamatdatang selamatpagi semangat semarang sepakbola shopee123 subhanallah surabaya telegram terimakasih
  tidakada toor1234 tokopedia user1234 whatsapp instagram tiktok yogyakarta lupasandi lupapassword passwordku`.split(
    /\s+/,
  ),
);

/** The list, outside the heap of JavaScript; read at the first new password. */
let list: Buffer | undefined;

/**
 * Whether a password is among those guessed first, or such a word with a few digits or signs behind it (NIST SP 800-63B-4
 * §3.1.1.2, OWASP ASVS 5.0 6.2.4 and 6.2.12 require such a list).
 */
export function isCommonPassword(password: string): boolean {
  const lower = password.toLowerCase();
  const stem = lower.replace(SUFFIX, '');
  return isListed(lower) || (stem.length >= MIN_STEM_LENGTH && isListed(stem));
}

function isListed(word: string): boolean {
  if (OURS.has(word)) return true;
  list ??= brotliDecompressSync(readFileSync(LIST));
  const bytes = Buffer.from(word);
  let [low, high] = [0, list.length];
  while (low < high) {
    // The line around the middle, without its newline.
    const middle = (low + high) >> 1;
    const start = middle === 0 ? 0 : list.lastIndexOf(NEWLINE, middle - 1) + 1;
    const newline = list.indexOf(NEWLINE, middle);
    const end = newline < 0 ? list.length : newline;
    const order = bytes.compare(list, start, end);
    if (order === 0) return true;
    if (order < 0) high = start;
    else low = end + 1;
  }
  return false;
}
