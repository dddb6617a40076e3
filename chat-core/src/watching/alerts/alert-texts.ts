import type { AlertText } from '../../wire/push.ts';

/** What can be wrong with a box. The codes are stable: the page, webhooks and metrics know them. */
export type AlertCode = keyof typeof TEXTS;

/** For each alert its name, and what is wrong and what to do, for people. */
const TEXTS = {
  disk: {
    id: ['ruang disk', 'Disk kotak hampir penuh. Hapus berkas lama atau tambah ruang.'],
    en: ['disk space', 'The disk of the box is nearly full. Delete old files or add room.'],
  },
  'not-ready': {
    id: ['penyimpanan', 'Kotak tidak bisa menyimpan pesan. Periksa disknya.'],
    en: ['storage', 'The box cannot store messages. Check its disk.'],
  },
  cipher: {
    id: ['penyandi', 'Layanan penyandi tidak menjawab: pesan tidak bisa dikirim atau dibaca.'],
    en: ['the cipher', 'The cipher service does not answer: no message can be sent or read.'],
  },
  tunnel: {
    id: ['tunnel', 'Tunnel terputus: kotak tidak bisa dijangkau dari luar rumah.'],
    en: ['the tunnel', 'The tunnel is not connected: the box cannot be reached from outside.'],
  },
  heap: {
    id: ['memori', 'Memori kotak hampir habis. Mulai ulang bila ini berlanjut.'],
    en: ['memory', 'The memory of the box is nearly used up. Restart it if this goes on.'],
  },
  clock: {
    id: ['jam', 'Jam kotak salah atau melompat. Periksa sambungan internet dan baterainya.'],
    en: ['the clock', 'The clock of the box is wrong or has jumped. Check its network and battery.'],
  },
  certificate: {
    id: ['sertifikat', 'Sertifikat kotak berakhir dalam 30 hari. Perbarui kuncinya.'],
    en: ['the certificate', 'A certificate of the box ends within 30 days. Renew its keys.'],
  },
  'backup-age': {
    id: ['umur cadangan', 'Cadangan terakhir lebih tua dari 36 jam. Periksa tujuannya.'],
    en: ['the age of the backup', 'The last backup is older than 36 hours. Check where it goes.'],
  },
  'backup-failed': {
    id: ['cadangan', 'Cadangan terakhir gagal, atau tidak bisa dipulihkan dalam uji.'],
    en: ['the backup', 'The last backup failed, or could not be restored in its test.'],
  },
  logins: {
    id: ['percobaan masuk', 'Banyak percobaan masuk ditolak. Mungkin ada yang menebak kata sandi.'],
    en: ['refused logins', 'Many logins were refused. Passwords may be being guessed.'],
  },
  wear: {
    id: ['umur kartu', 'Kartu kotak akan aus dalam dua tahun bila terus begini.'],
    en: ['the life of the card', 'At this pace the card of the box wears out within two years.'],
  },
} as const satisfies Record<string, Record<keyof AlertText, readonly [name: string, says: string]>>;

/** The sentences of an alert in both languages: when it begins, or when its cause has ended. */
export function alertText(code: AlertCode, hasEnded: boolean): AlertText {
  const { id, en } = TEXTS[code];
  return hasEnded ? { id: `Sudah teratasi: ${id[0]}.`, en: `Resolved: ${en[0]}.` } : { id: id[1], en: en[1] };
}
