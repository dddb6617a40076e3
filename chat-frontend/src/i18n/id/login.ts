import type { Text } from '../text.ts';

/** The login form, and what all forms say. */
export const idLogin = {
  'login.lead': 'Masuk untuk mulai mengobrol',
  'login.submit': 'Masuk',
  'login.noAccount': 'Belum punya akun?',
  'login.toRegister': 'Daftar di sini',
  'login.shared': 'Komputer bersama: jangan simpan apa pun',
  'login.forgot': 'Lupa password?',
  'form.username': 'Username',
  'form.password': 'Password',
  'form.show': 'Tampilkan password',
  'form.hide': 'Sembunyikan password',
  'form.required': 'Isi dulu bagian ini.',
  'form.retryIn': 'Coba lagi dalam {n} detik.',
  'error.WRONG_CREDENTIALS': 'Username atau password salah.',
  'error.INVALID_REQUEST': 'Permintaan ini tidak dimengerti. Muat ulang halaman, lalu coba lagi.',
} satisfies Record<string, Text>;
