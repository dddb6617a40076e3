import type { idLogin } from '../id/login.ts';
import type { Text } from '../text.ts';

export const enLogin: Record<keyof typeof idLogin, Text> = {
  'login.lead': 'Log in to start messaging',
  'login.submit': 'Log in',
  'login.noAccount': 'No account yet?',
  'login.toRegister': 'Register here',
  'login.shared': 'Shared computer: keep nothing here',
  'login.forgot': 'Forgot your password?',
  'form.username': 'Username',
  'form.password': 'Password',
  'form.show': 'Show password',
  'form.hide': 'Hide password',
  'form.required': 'Please fill this in.',
  'form.retryIn': 'Try again in {n} seconds.',
  'error.WRONG_CREDENTIALS': 'Username or password is wrong.',
  'error.INVALID_REQUEST': 'This request was not understood. Reload the page and try again.',
};
