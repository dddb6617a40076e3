import type { Text } from './id.ts';

/** What makes the page one's own: one's own link, its look, shortcuts, quiet, what it costs. */
export const comfortId = {
  'own.title': 'Tautanmu',
  'own.hint':
    'Siapa pun yang punya akun di kotak ini bisa menambahkanmu lewat tautan atau kode QR ini. Untuk yang belum punya akun, buat undangan.',
  'own.copied': 'Tautan disalin.',
  'own.shareText': 'Tambahkan aku di Bisik',
  'own.self': 'Ini tautanmu sendiri. Bagikan ke teman.',
  'own.already': '{name} sudah menjadi temanmu.',
  'own.whom': 'Tambahkan {name} sebagai teman?',
  'qr.label': 'Kode QR: {link}',

  'files.notYet': 'File dan foto belum bisa dikirim lewat Bisik, teks saja dulu.',

  'mute.do': 'Sunyikan',
  'mute.undo': 'Bunyikan lagi',
  'mute.until': 'Disunyikan sampai {when}',
  'mute.always': 'Disunyikan',
  'mute.title': 'Sunyikan obrolan dengan {name}?',
  'mute.lead':
    'Tidak ada suara dan notifikasi di semua perangkatmu. Pesannya tetap masuk; {name} tidak diberi tahu.',
  'mute.8h': '8 jam',
  'mute.1w': '1 minggu',
  'mute.ever': 'Selalu',
  'mute.done': 'Obrolan disunyikan.',
  'mute.undone': 'Obrolan berbunyi lagi.',

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
  'keys.part': 'Ke bagian berikutnya, sebelumnya: daftar, pesan, tulisan',
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

  'look.lead': 'Berlaku di browser ini.',
  'look.theme': 'Tema',
  'look.system': 'Ikut sistem',
  'look.light': 'Terang',
  'look.dark': 'Gelap',
  'look.accent': 'Warna',
  'look.teal': 'Hijau toska',
  'look.blue': 'Biru',
  'look.violet': 'Ungu',
  'look.rose': 'Merah mawar',
  'look.amber': 'Cokelat madu',

  'data.lead': 'Angka di browser ini, kira-kira.',
  'data.today': 'Lalu lintas hari ini',
  'data.month': 'Lalu lintas bulan ini',
  'data.kept': 'Tersimpan di browser ini',
  'data.about': '± {size}',
  'data.hint':
    'Dihitung antara Bisik dan kotak, dua arah. Selama Bisik terbuka tapi tidak dilihat, ia hanya bertanya sesekali: kurang dari 0,6 MB sehari.',
  'data.keptHint':
    'Yang tersimpan: pesan terbaru, foto teman, dan Bisik sendiri, supaya terbuka tanpa jaringan. Keluar menghapus pesan dan foto.',

  'limit.chats': 'Browser ini tidak bisa menyimpan chat. Tanpa jaringan, chat tidak bisa dibaca di sini.',
  'limit.login':
    'Browser ini tidak bisa menyimpan login dan draf. Keduanya bisa hilang bila tab ini ditutup.',
  'limit.everything':
    'Browser ini tidak menyimpan apa pun. Pesan yang belum terkirim hilang bila halaman ini ditutup.',
  'limit.read': 'Mengerti',
} satisfies Record<string, Text>;
