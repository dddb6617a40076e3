import type { Text } from '../text.ts';

/** Jajak pendapat: creating one, its answers and results. */
export const idPolls = {
  'poll.name': 'Jajak pendapat',
  'poll.create': 'Jajak pendapat',
  'poll.question': 'Pertanyaan',
  'poll.answers': 'Jawaban',
  'poll.answerAt': 'Jawaban {n}',
  'poll.answersHint': 'Dua sampai sepuluh jawaban. Yang kosong tidak ikut.',
  'poll.allowMany': 'Boleh pilih beberapa',
  'poll.closes': 'Ditutup setelah',
  'poll.never': 'Tidak ditutup',
  'poll.send': 'Kirim',
  'poll.clear': 'Kosongkan',
  'poll.needsQuestion': 'Tulis pertanyaannya dulu.',
  'poll.needsAnswers': 'Isi sedikitnya dua jawaban.',
  'poll.sameAnswer': 'Jawaban ini sudah ada. Tulis yang lain, atau kosongkan.',
  'poll.one': 'Pilih satu',
  'poll.many': 'Boleh pilih beberapa',
  'poll.closed': 'Ditutup',
  'poll.until': 'sampai {time}',
  'poll.none': 'Belum ada suara',
  'poll.votes': { one: '{n} suara', other: '{n} suara' },
  'poll.voters': { one: '{n} orang memilih', other: '{n} orang memilih' },
  'poll.result': { one: '({n} suara, {part})', other: '({n} suara, {part})' },
  'poll.who': 'Siapa yang memilih',
  'poll.isClosed': 'Jajak pendapat ini sudah ditutup.',
  'poll.close': 'Tutup jajak pendapat',
  'poll.closeSure': 'Tutup jajak pendapat ini?',
  'poll.closeLead':
    'Setelah ditutup tidak ada lagi yang bisa memilih atau mengganti pilihan. Hasilnya tetap terlihat.',
  'poll.closeDone': 'Jajak pendapat ditutup.',
} satisfies Record<string, Text>;
