import type { Text } from '../text.ts';

/** The bars above the page, and the keyboard shortcuts. */
export const idPage = {
  'keys.title': 'Pintasan papan ketik',
  'keys.everywhere': 'Di mana saja',
  'keys.inList': 'Di daftar chat',
  'keys.inMessages': 'Di sebuah pesan',
  'keys.inComposer': 'Saat menulis',
  'keys.find': 'Cari chat',
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
  'keys.editLast': 'Di kotak kosong: ubah pesan terakhir',
  'keys.cancel': 'Batal membalas atau mengubah',
  'keys.single': 'Pintasan satu tombol (/, ?, dan huruf di pesan)',
  'dialog.close': 'Tutup',

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
