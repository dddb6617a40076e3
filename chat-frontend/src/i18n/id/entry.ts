import type { Text } from '../text.ts';

/** Registration, invitations and the password reset. */
export const idEntry = {
  'register.submit': 'Daftar Sekarang',
  'register.lead': 'Daftar biar bisa chat teman',
  'register.haveAccount': 'Sudah punya akun?',
  'register.toLogin': 'Login di sini',
  'register.invite': 'Kode undangan',
  'register.byInvite': 'Kotak ini menerima anggota baru lewat undangan. Tempel kode atau tautannya di bawah.',
  'form.newUsername': 'Username baru',
  'form.usernameHint': '3–32 huruf, angka, titik, strip, atau garis bawah',
  'form.passwordHint': 'Minimal 8 karakter',
  'reset.lead':
    'Minta kode kepada pemilik kotak. Kode berlaku 15 menit dan hanya sekali; semua perangkatmu harus masuk lagi.',
  'reset.code': 'Kode dari pemilik kotak',
  'reset.codeHint': 'Persis seperti yang diberikan.',
  'reset.submit': 'Ganti password',
  'reset.remembered': 'Sudah ingat?',

  'invite.by': '{name} mengundangmu mengobrol di Bisik.',
  'invite.byBox': 'Kamu diundang bergabung di Bisik.',
  'invite.own': 'Ini undanganmu sendiri. Bagikan tautannya kepada teman.',
  'invite.accept': 'Terima dan berteman',
} satisfies Record<string, Text>;
