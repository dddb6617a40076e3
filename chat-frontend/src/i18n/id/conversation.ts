import type { Text } from '../text.ts';

/** What a conversation loads on demand: the menu of a message, names, system rows and mentions. */
export const idConversation = {
  'app.otherChats': {
    one: '{n} pesan belum dibaca di chat lain',
    other: '{n} pesan belum dibaca di chat lain',
  },
  'chat.said': '{name}: {text}',
  'chat.arrived': { one: '{n} pesan baru dari {name}', other: '{n} pesan baru dari {name}' },

  'bubble.select': 'Pilih teks',
  'chats.markRead': 'Tandai sudah dibaca',

  'mention.list': 'Sebut anggota',
  'mention.count': { one: '{n} anggota cocok', other: '{n} anggota cocok' },

  'remove.title': 'Hapus pesan ini?',
  'remove.lead':
    'Untuk semua: isinya hilang di semua perangkat kalian berdua. Untuk saya: hilang dari perangkatmu saja.',
  'remove.leadMe': 'Pesan ini hilang dari semua perangkatmu. Lawan bicaramu tetap melihatnya.',
  'remove.me': 'Hapus untuk saya',
  'remove.everyone': 'Hapus untuk semua',
  'remove.doneMe': 'Pesan dihapus untukmu.',
  'bubble.retry': 'Coba lagi',
  'bubble.copy': 'Salin',
  'bubble.delete': 'Hapus',
  'bubble.dropChange': 'Batalkan perubahan',
  'bubble.reply': 'Balas',
  'bubble.edit': 'Ubah',
  'bubble.remove': 'Hapus…',
  'bubble.deleteSure': 'Hapus pesan yang belum terkirim ini?',
  'toast.copied': 'Pesan disalin.',
  'toast.notCopied': 'Browser ini tidak mengizinkan menyalin.',
  'remove.leadGroup':
    'Untuk semua: isinya hilang di semua perangkat anggota grup. Untuk saya: hilang dari perangkatmu saja.',
  'remove.leadMeGroup': 'Pesan ini hilang dari semua perangkatmu. Anggota lain tetap melihatnya.',

  'group.former': 'Mantan anggota',
  'group.others': { one: '{n} lainnya', other: '{n} lainnya' },
  'group.members': { one: '{n} anggota', other: '{n} anggota' },
  'group.oneTyping': '{names} sedang mengetik…',
  'group.twoTyping': '{names} sedang mengetik…',
  'group.manyTyping': { one: '{n} orang sedang mengetik…', other: '{n} orang sedang mengetik…' },
  'group.postClosed': 'Hanya admin yang bisa menulis di grup ini.',
  'group.blockedMessage': 'Pesan dari orang yang kamu blokir',
  'group.mentionsYou': { one: '{n} pesan menyebut kamu', other: '{n} pesan menyebut kamu' },
  'group.toMention': {
    one: 'Ke pesan berikutnya yang menyebut kamu, dari {n}',
    other: 'Ke pesan berikutnya yang menyebut kamu, dari {n}',
  },

  'event.you': 'kamu',
  'event.yourself': 'dirimu sendiri',
  'event.themselves': 'dirinya sendiri',
  'event.created': '{name} membuat grup ini',
  'event.added': '{name} menambahkan {who}',
  'event.joined': '{name} bergabung',
  'event.removed': '{name} mengeluarkan {who}',
  'event.left': '{name} keluar',
  'event.renamed': '{name} mengganti nama grup',
  'event.picture': '{name} mengganti foto grup',
  'event.role.owner': '{name} menjadikan {who} pemilik',
  'event.role.admin': '{name} menjadikan {who} admin',
  'event.role.member': '{name} menjadikan {who} anggota biasa',
  'event.permissions': '{name} mengubah izin anggota',
  'event.newcomersRead': '{name} mengubah apa yang boleh dibaca anggota baru',
  'event.expiry': '{name} mengatur pesan baru hilang setelah {after}',
  'event.expiry.off': '{name} mematikan pesan sementara',
  'expiry.title': 'Pesan sementara',
  'expiry.lead':
    'Pesan baru hilang untuk semua orang di chat ini setelah waktu ini, dihitung sejak dikirim. Pesan yang sudah ada tidak berubah.',
  'expiry.off': 'Mati',
  'expiry.save': 'Simpan',
  'expiry.is': 'Pesan baru hilang setelah {after}',
  'expiry.done': 'Pesan baru hilang setelah {after}.',
  'expiry.offDone': 'Pesan sementara dimatikan.',
  'expiry.box': {
    one: 'Pesan disimpan {n} hari di kotak ini.',
    other: 'Pesan disimpan {n} hari di kotak ini.',
  },
  'expiry.hours': { one: '{n} jam', other: '{n} jam' },
  'expiry.days': { one: '{n} hari', other: '{n} hari' },
} satisfies Record<string, Text>;
