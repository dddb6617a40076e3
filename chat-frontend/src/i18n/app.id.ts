import type { Text } from './id.ts';

/** The app as such: its versions, and which hop on the way to the box fails. */
export const pwaId = {
  'update.ready': 'Ada versi baru Bisik. Draf dan pesan yang menunggu tetap aman.',
  'update.take': 'Muat ulang',

  'push.title': 'Notifikasi',
  'push.offer': 'Mau diberi tahu saat ada pesan, juga ketika Bisik tertutup?',
  'push.enable': 'Aktifkan notifikasi',
  'push.later': 'Nanti',

  'hop.network': 'Jaringanmu',
  'hop.tunnel': 'Terowongan',
  'hop.box': 'Kotak',
  'hop.cipher': 'Segel',
  'link.since': 'Sejak {when}.',
  'link.offline': 'Tidak ada jaringan. Pesan menunggu di sini dan terkirim begitu tersambung.',
  'link.internet':
    'Jaringanmu tidak sampai ke internet. Pesan menunggu di sini dan terkirim begitu tersambung.',
  'link.foreign':
    'Jaringan ini menjawab atas nama kotak; mungkin minta login dulu. Pesan menunggu di sini; kami terus mencoba.',
  'link.tunnel':
    'Terowongan ke kotak putus: kotak mati atau tidak tersambung ke internet. Pesan menunggu di sini; kami terus mencoba.',
  'link.unreachable': 'Kotak tidak terjangkau. Pesan menunggu di sini; kami terus mencoba.',
  'link.trouble': 'Kotak sedang bermasalah. Pesan menunggu di sini; kami terus mencoba.',
  'link.storage': 'Kotak sedang tidak bisa menyimpan. Pesan menunggu di sini; kami terus mencoba.',
  'link.full':
    'Penyimpanan kotak penuh; pemiliknya perlu memberi ruang. Pesan menunggu di sini; kami terus mencoba.',
  'link.busy': 'Kotak sedang sangat sibuk. Pesan menunggu di sini; kami mencoba lagi sebentar.',
  'link.cipher': 'Layanan segel sedang tidak ada. Pesan menunggu; tidak ada yang disimpan tanpa segel.',

  'error.INVALID_SUBSCRIPTION': 'Browser ini memakai layanan notifikasi yang tidak bisa dijangkau kotak.',
  'error.NO_SUBSCRIPTION': 'Notifikasi di perangkat ini sudah mati. Aktifkan lagi.',
  'error.PUSH_FAILED': 'Kotak tidak bisa menjangkau layanan notifikasi browser ini.',
} satisfies Record<string, Text>;
