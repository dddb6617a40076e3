import type { ApiErrorCode } from '../api/api-error.ts';
import { pwaId } from './app.id.ts';
import { errorsId } from './errors.id.ts';
import type { lazyId } from './later.id.ts';

/** A sentence, with `{name}` for what is filled in; two forms where a language counts one differently. */
export type Text = string | { one: string; other: string };

/** What the page says at once; what its parts say comes with them (later.id.ts). */
export const id = {
  ...pwaId,

  'app.tagline': 'Obrolan tenang, di kotak milik sendiri',
  'app.skip': 'Langsung ke isi',
  'app.elsewhere': {
    one: '{n} pesan belum dibaca di chat lain',
    other: '{n} pesan belum dibaca di chat lain',
  },
  'nav.back': 'Kembali',
  'nav.chats': 'Daftar chat',

  'login.title': 'Masuk',
  'login.lead': 'Masuk untuk mulai mengobrol',
  'login.submit': 'Masuk',
  'login.noAccount': 'Belum punya akun?',
  'login.toRegister': 'Daftar di sini',
  'login.forgot': 'Lupa password?',
  'reset.title': 'Lupa password',
  'register.title': 'Buat Akun Baru',
  'register.lead': 'Daftar biar bisa chat teman',
  'register.submit': 'Daftar Sekarang',
  'register.haveAccount': 'Sudah punya akun?',
  'register.toLogin': 'Login di sini',
  'register.invite': 'Kode undangan',
  'register.byInvite': 'Kotak ini menerima anggota baru lewat undangan. Tempel kode atau tautannya di bawah.',
  'form.username': 'Username',
  'form.newUsername': 'Username baru',
  'form.usernameHint': '3–32 huruf, angka, titik, strip, atau garis bawah',
  'form.password': 'Password',
  'form.passwordHint': 'Minimal 8 karakter',
  'form.show': 'Tampilkan password',
  'form.hide': 'Sembunyikan password',
  'form.required': 'Isi dulu bagian ini.',
  'form.busy': 'Sebentar…',
  'form.retryIn': 'Coba lagi dalam {n} detik.',

  'chats.title': 'Chat',
  'chats.search': 'Cari chat',
  'chats.empty': 'Belum ada teman.',
  'chats.emptyLead': 'Tambahkan teman lewat username, lalu kirim pesan pertama.',
  'chats.noMatch': 'Tidak ada chat yang cocok dengan “{text}”.',
  'chats.pick': 'Pilih chat untuk mulai',
  'chats.pickLead': 'Setiap pesan disegel sebelum disimpan di kotakmu.',
  'chats.noMessages': 'Belum ada pesan',
  'chats.draft': 'Draf:',
  'chats.you': 'Kamu:',
  'chats.unread': 'belum dibaca',
  'chats.loading': 'Memuat chat…',

  'chat.messages': 'Pesan dengan {name}',
  'chat.start': 'Ini awal obrolanmu dengan {name}.',
  'chat.sayHi': 'Sapa dulu, yuk.',
  'chat.loading': 'Memuat pesan…',
  'chat.failed': 'Pesan belum bisa dimuat.',
  'chat.unknown': 'Chat ini tidak ada, atau bukan untukmu.',
  'chat.newBelow': { one: '{n} pesan baru', other: '{n} pesan baru' },
  'chat.unreadHere': 'Belum dibaca',
  'chat.toEnd': 'Ke pesan terbaru',
  'chat.locked': 'Pesan ini belum bisa dibuka',
  'chat.typing': 'sedang mengetik…',
  'chat.said': '{name}: {text}',
  'chat.arrived': { one: '{n} pesan baru dari {name}', other: '{n} pesan baru dari {name}' },

  'composer.label': 'Tulis pesan',
  'composer.placeholder': 'Tulis pesan…',
  'composer.send': 'Kirim',
  'composer.save': 'Simpan perubahan',
  'composer.editing': 'Mengubah pesan',
  'composer.replying': 'Membalas {name}',
  'composer.noFriend': 'Kamu dan {name} tidak berteman, jadi tidak bisa berkirim pesan di sini.',
  'composer.blocked': 'Kamu memblokir {name}. Buka blokirnya di info kontak untuk menghubunginya lagi.',
  'composer.left': 'Sisa {n} karakter',
  'composer.over': 'Kelebihan {n} karakter',
  'composer.notKept': 'Browser ini tidak bisa menyimpan pesan lagi. Tunggu sampai yang tertunda terkirim.',

  'bubble.you': 'Kamu',
  'bubble.waiting': 'Menunggu',
  'bubble.sending': 'Mengirim',
  'bubble.sent': 'Terkirim',
  'bubble.delivered': 'Sampai',
  'bubble.read': 'Dibaca',
  'bubble.failed': 'Gagal terkirim',
  'bubble.retry': 'Coba lagi',
  'bubble.delete': 'Hapus',
  'bubble.deleteSure': 'Hapus pesan yang belum terkirim ini?',
  'bubble.more': 'Pilihan pesan',
  'bubble.unfold': 'Selengkapnya',
  'bubble.reply': 'Balas',
  'bubble.copy': 'Salin',
  'bubble.edit': 'Ubah',
  'bubble.remove': 'Hapus…',
  'bubble.edited': 'diedit',
  'bubble.change.edit': 'perubahan menunggu',
  'bubble.change.everyone': 'menunggu dihapus untuk semua',
  'bubble.change.me': 'menunggu dihapus',
  'bubble.dropChange': 'Batalkan perubahan',
  'bubble.deleted': 'Pesan dihapus',
  'bubble.deletedOwn': 'Kamu menghapus pesan ini',
  'bubble.toQuoted': 'Ke pesan yang dibalas.',

  'remove.title': 'Hapus pesan ini?',
  'remove.lead':
    'Untuk semua: isinya hilang di semua perangkat kalian berdua. Untuk saya: hilang dari perangkatmu saja.',
  'remove.leadMe': 'Pesan ini hilang dari semua perangkatmu. Lawan bicaramu tetap melihatnya.',
  'remove.me': 'Hapus untuk saya',
  'remove.everyone': 'Hapus untuk semua',
  'remove.doneMe': 'Pesan dihapus untukmu.',
  'notice.undo': 'Urungkan',
  'notice.copied': 'Pesan disalin.',
  'notice.notCopied': 'Browser ini tidak mengizinkan menyalin.',

  'presence.online': 'daring',
  'presence.lastSeen': 'terakhir terlihat {when}',
  'contact.title': 'Info kontak',
  'friend.title': 'Tambah teman',
  'requests.title': 'Permintaan pertemanan',
  'requests.waiting': { one: '{n} orang ingin berteman', other: '{n} orang ingin berteman' },
  'blocked.title': 'Yang diblokir',
  'invites.title': 'Undang teman',
  'invite.title': 'Undangan',
  'profile.title': 'Profil',
  'privacy.title': 'Privasi',
  'mute.is': 'disunyikan',
  'data.title': 'Data & penyimpanan',
  'look.title': 'Tampilan',

  'password.title': 'Ubah password',

  'settings.title': 'Akun & pengaturan',
  'settings.language': 'Bahasa',
  'dialog.cancel': 'Batal',

  'session.ended': 'Sesi berakhir. Silakan masuk lagi.',

  'day.today': 'Hari ini',
  'day.yesterday': 'Kemarin',
  'part.failed': 'Bagian ini belum bisa dimuat. Draf dan pesan yang menunggu tetap aman.',
  retry: 'Coba lagi',

  ...errorsId,
} satisfies Record<string, Text> & Record<`error.${ApiErrorCode}`, Text>;

export type FirstTexts = Record<keyof typeof id, Text>;
export type Key = keyof typeof id | keyof typeof lazyId;
/** As much of a language as is here by now. */
export type Texts = FirstTexts & Partial<Record<Key, Text>>;
