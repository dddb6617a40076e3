import type { Text } from './id.ts';

/** What is said about the account and its devices: passwords, logging out, being told of messages. */
export const accountId = {
  'reset.lead':
    'Minta kode kepada pemilik kotak. Kode berlaku 15 menit dan hanya sekali; semua perangkatmu harus masuk lagi.',
  'reset.code': 'Kode dari pemilik kotak',
  'reset.codeHint': 'Persis seperti yang diberikan.',
  'reset.submit': 'Ganti password',
  'reset.remembered': 'Sudah ingat?',
  'password.lead': 'Perangkat lain akan keluar dengan sendirinya.',
  'password.current': 'Password sekarang',
  'password.new': 'Password baru',
  'password.submit': 'Simpan password',
  'password.done': 'Password sudah diganti.',
  'settings.signedInAs': 'Masuk sebagai',
  'settings.devices': 'Perangkat yang masuk',
  'settings.thisDevice': 'perangkat ini',
  'settings.lastSeen': 'terakhir aktif {when}',
  'settings.endDevice': 'Keluarkan',
  'settings.endDeviceWhich': 'Keluarkan {name}, {when}',
  'settings.endDeviceTitle': 'Keluarkan {name}?',
  'settings.endDeviceLead': 'Perangkat itu harus masuk lagi, dan tidak diberi tahu lagi saat ada pesan.',
  'settings.endDeviceDone': '{name} sudah dikeluarkan.',
  'settings.devicesFailed': 'Daftar perangkat belum bisa dimuat.',
  'settings.password': 'Ubah password',
  'settings.logout': 'Keluar',
  'settings.logoutEverywhere': 'Keluar dari semua perangkat',
  'logout.title': 'Keluar dari Bisik?',
  'logout.lead': 'Draf di browser ini ikut dihapus.',
  'logout.unsent': {
    one: '{n} pesan belum terkirim dan akan hilang.',
    other: '{n} pesan belum terkirim dan akan hilang.',
  },
  'logout.everywhereTitle': 'Keluar dari semua perangkat?',
  'logout.everywhereLead': 'Semua perangkat, termasuk yang ini, harus masuk lagi.',

  'push.test': 'Kirim uji',
  'push.tested': 'Terkirim. Notifikasi uji muncul sebentar lagi.',
  'push.disable': 'Matikan notifikasi',
  'push.unanswered': 'Browser belum diberi izin. Coba lagi kapan saja.',
  'push.refused': 'Browser ini tidak bisa tersambung ke layanan notifikasinya. Coba lagi nanti.',
  'push.sound': 'Bunyi untuk pesan masuk',
  'push.preview': 'Yang terlihat di layar kunci',
  'push.preview.full': 'Nama dan isi pesan',
  'push.preview.name': 'Nama saja',
  'push.preview.none': 'Hanya “Pesan baru”',
  'push.is.on': 'Perangkat ini diberi tahu saat ada pesan, juga ketika Bisik tertutup.',
  'push.is.off':
    'Perangkat ini tidak diberi tahu saat Bisik tertutup. Selama terbuka, judul tab menunjukkan jumlah chat yang belum dibaca.',
  'push.is.lost': 'Browser ini telah menghapus langganan notifikasinya. Aktifkan lagi.',
  'push.is.denied':
    'Notifikasi untuk alamat ini diblokir di browser. Izinkan dulu di pengaturan browser, lalu kembali ke sini.',
  'push.is.absent':
    'Browser ini tidak bisa menerima notifikasi. Di iPhone dan iPad, pasang dulu Bisik ke layar utama.',
  'push.is.insecure':
    'Lewat http biasa, browser tidak mengizinkan notifikasi. Buka Bisik lewat alamat https-nya untuk mengaktifkannya.',
} satisfies Record<string, Text>;
