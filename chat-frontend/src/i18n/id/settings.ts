import type { Text } from '../text.ts';

/** The settings: account, devices, notifications, profile, privacy, appearance and data. */
export const idSettings = {
  'import.link': 'Impor dari WhatsApp atau Telegram',
  'import.title': 'Impor chat',
  'password.lead': 'Perangkat lain akan keluar dengan sendirinya.',
  'password.current': 'Password sekarang',
  'password.new': 'Password baru',
  'password.submit': 'Simpan password',
  'password.done': 'Password sudah diganti.',
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
  'export.do': 'Unduh dataku',
  'export.lead':
    'Satu berkas zip dengan profil, teman, chat, dan berkas yang boleh kamu baca. Isinya tidak dienkripsi: simpan di tempat yang aman.',
  'export.begun': 'Unduhan dimulai. Kemajuannya, dan cara membatalkannya, ada di daftar unduhan browser.',
  'export.running': 'Mengunduh dataku',
  'export.progress': '{size} sejauh ini',
  'export.done': 'Selesai: {size} tersimpan.',
  'export.cancelled': 'Unduhan dibatalkan. Tidak ada berkas yang tersimpan.',
  'export.failed':
    'Unduhan terhenti: koneksi terputus, atau tempat penyimpanan penuh. Tidak ada berkas yang tersimpan.',
  'deletion.title': 'Hapus akun',
  'deletion.question': 'Hapus akunmu untuk selamanya?',
  'deletion.lead':
    'Kamu keluar dari semua perangkat dan grup. Profil, teman, undangan, dan berkas yang belum terkirim dihapus. Pesan yang sudah dikirim tetap bisa dibaca penerimanya, atas nama “Akun dihapus”. Username baru bisa dipakai lagi setelah 30 hari. Ini tidak bisa dibatalkan.',
  'deletion.do': 'Hapus akunku',
  'deletion.done': 'Akunmu sudah dihapus.',
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
  'push.state.on': 'Perangkat ini diberi tahu saat ada pesan, juga ketika Bisik tertutup.',
  'push.state.off':
    'Perangkat ini tidak diberi tahu saat Bisik tertutup. Selama terbuka, judul tab menunjukkan jumlah chat yang belum dibaca.',
  'push.state.lost': 'Browser ini telah menghapus langganan notifikasinya. Aktifkan lagi.',
  'push.state.denied':
    'Notifikasi untuk alamat ini diblokir di browser. Izinkan dulu di pengaturan browser, lalu kembali ke sini.',
  'push.state.absent':
    'Browser ini tidak bisa menerima notifikasi. Di iPhone dan iPad, pasang dulu Bisik ke layar utama.',
  'push.state.insecure':
    'Lewat http biasa, browser tidak mengizinkan notifikasi. Buka Bisik lewat alamat https-nya untuk mengaktifkannya.',

  'profile.lead': 'Yang dilihat temanmu tentang kamu. Di kotak semuanya disimpan tersegel.',
  'profile.name': 'Nama tampilan',
  'profile.nameHint': 'Kosongkan untuk memakai username.',
  'profile.about': 'Tentang',
  'profile.aboutHint': 'Paling banyak 200 karakter.',
  'profile.submit': 'Simpan profil',
  'profile.done': 'Profil disimpan.',
  'profile.choose': 'Pilih foto',
  'profile.removePicture': 'Hapus foto',
  'profile.pictureDone': 'Foto diganti.',
  'profile.pictureGone': 'Foto dihapus.',
  'profile.protected':
    'Perlindungan sidik jari browser ini mengacak foto. Izinkan Bisik memakai data kanvas, atau pilih foto dari browser lain.',
  'profile.unreadable': 'Browser ini tidak bisa membaca gambar itu. Coba JPEG atau PNG.',

  'privacy.lead':
    'Semua pilihan di sini berlaku dua arah: yang tidak kamu bagikan juga tidak kamu lihat dari orang lain.',
  'privacy.lastSeen': 'Terakhir terlihat dan daring',
  'privacy.lastSeenHint': 'Timbal balik: kamu hanya melihatnya dari orang yang boleh melihat milikmu.',
  'privacy.typing': 'Sedang mengetik',
  'privacy.typingHint':
    'Timbal balik: kamu hanya melihat orang mengetik bila mereka boleh melihatmu mengetik.',
  'privacy.readReceipts': 'Tanda sudah dibaca',
  'privacy.readReceiptsHint':
    'Timbal balik: kalau dimatikan, kamu juga tidak melihat apakah pesanmu sudah dibaca.',
  'privacy.everyone': 'Semua yang punya chat denganku',
  'privacy.contacts': 'Teman saja',
  'privacy.nobody': 'Tidak ada',
  'privacy.done': 'Pilihan disimpan.',

  'appearance.lead': 'Berlaku di browser ini.',
  'appearance.theme': 'Tema',
  'appearance.system': 'Ikut sistem',
  'appearance.light': 'Terang',
  'appearance.dark': 'Gelap',
  'appearance.accent': 'Warna',
  'appearance.teal': 'Hijau toska',
  'appearance.blue': 'Biru',
  'appearance.violet': 'Ungu',
  'appearance.rose': 'Merah mawar',
  'appearance.amber': 'Cokelat madu',

  'data.lead': 'Angka di browser ini, kira-kira.',
  'data.today': 'Lalu lintas hari ini',
  'data.month': 'Lalu lintas bulan ini',
  'data.stored': 'Tersimpan di browser ini',
  'data.about': '± {size}',
  'data.hint':
    'Dihitung antara Bisik dan kotak, dua arah. Selama Bisik terbuka tapi tidak dilihat, ia hanya bertanya sesekali: kurang dari 0,6 MB sehari.',
  'data.storedHint':
    'Yang tersimpan: pesan terbaru, foto teman, dan Bisik sendiri, supaya terbuka tanpa jaringan. Keluar menghapus pesan dan foto.',
} satisfies Record<string, Text>;
