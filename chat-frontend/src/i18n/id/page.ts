import type { Text } from '../text.ts';

/** The bars below the page, and the keyboard shortcuts. */
export const idPage = {
  'keys.title': 'Pintasan papan ketik',
  'keys.everywhere': 'Di mana saja',
  'keys.inList': 'Di daftar chat',
  'keys.inMessages': 'Di sebuah pesan',
  'keys.inComposer': 'Saat menulis',
  'keys.find': 'Cari chat & pesan',
  'keys.neighbour': 'Chat sebelumnya, berikutnya',
  'keys.unread': 'Ke chat yang belum dibaca',
  'keys.readAll': 'Tandai semua sudah dibaca',
  'keys.readAllDone': 'Semua chat ditandai sudah dibaca.',
  'keys.add': 'Tambah teman',
  'keys.region': 'Ke bagian berikutnya, sebelumnya: daftar, pesan, tulisan',
  'keys.back': 'Kembali satu langkah',
  'keys.help': 'Bantuan ini',
  'keys.move': 'Naik, turun',
  'keys.open': 'Buka',
  'keys.moveMessages': 'Dari pesan ke pesan',
  'keys.menu': 'Pilihan pesan',
  'keys.newLine': 'Baris baru',
  'keys.bold': 'Tebal: *teks*',
  'keys.italic': 'Miring: _teks_',
  'keys.struck': 'Coret: ~teks~',
  'keys.code': 'Kode: `teks`',
  'keys.editLast': 'Di kotak kosong: ubah pesan terakhir',
  'keys.cancel': 'Batal membalas atau mengubah',
  'keys.single': 'Pintasan satu tombol (/, ?, dan huruf di pesan)',
  'dialog.close': 'Tutup',

  'hop.network': 'Jaringanmu',
  'hop.tunnel': 'Terowongan',
  'hop.box': 'Kotak',
  'hop.cipher': 'Segel',
  'connection.since': 'Sejak {when}.',
  'connection.offline': 'Tidak ada jaringan. Pesan menunggu di sini dan terkirim begitu tersambung.',
  'connection.internet':
    'Jaringanmu tidak sampai ke internet. Pesan menunggu di sini dan terkirim begitu tersambung.',
  'connection.foreign':
    'Jaringan ini menjawab atas nama kotak; mungkin minta masuk dulu. Pesan menunggu di sini; kami terus mencoba.',
  'connection.tunnel':
    'Terowongan ke kotak putus: kotak mati atau tidak tersambung ke internet. Pesan menunggu di sini; kami terus mencoba.',
  'connection.unreachable': 'Kotak tidak terjangkau. Pesan menunggu di sini; kami terus mencoba.',
  'connection.trouble': 'Kotak sedang bermasalah. Pesan menunggu di sini; kami terus mencoba.',
  'connection.storage': 'Kotak sedang tidak bisa menyimpan. Pesan menunggu di sini; kami terus mencoba.',
  'connection.full':
    'Penyimpanan kotak penuh; pemiliknya perlu memberi ruang. Pesan menunggu di sini; kami terus mencoba.',
  'connection.busy': 'Kotak sedang sangat sibuk. Pesan menunggu di sini; kami mencoba lagi sebentar.',
  'connection.cipher': 'Layanan segel sedang tidak ada. Pesan menunggu; tidak ada yang disimpan tanpa segel.',

  'update.ready': 'Ada versi baru Bisik. Draf dan pesan yang menunggu tetap aman.',
  'update.take': 'Muat ulang',
  'push.offer': 'Mau diberi tahu saat ada pesan, juga ketika Bisik tertutup?',
  'push.enable': 'Aktifkan notifikasi',
  'push.dismiss': 'Nanti',
  'limit.chats': 'Browser ini tidak bisa menyimpan chat. Tanpa jaringan, chat tidak bisa dibaca di sini.',
  'limit.login':
    'Browser ini tidak bisa menyimpan login dan draf. Keduanya bisa hilang bila tab ini ditutup.',
  'limit.everything':
    'Browser ini tidak menyimpan apa pun. Pesan yang belum terkirim hilang bila halaman ini ditutup.',
  'limit.read': 'Mengerti',
} satisfies Record<string, Text>;
