import { expect, test } from 'vitest';
import { checkNewPassword } from './new-password.ts';

test('a new password has 8 to 1,024 characters, counted as on the server', () => {
  expect(checkNewPassword('sandi12')).toBe('error.INVALID_PASSWORD');
  expect(checkNewPassword('sandi123')).toBeUndefined();
  expect(checkNewPassword('😀😀😀😀😀😀😀😀')).toBeUndefined();
  expect(checkNewPassword('\ua98f'.repeat(64))).toBeUndefined();
  expect(checkNewPassword('x'.repeat(1024))).toBeUndefined();
  expect(checkNewPassword('x'.repeat(1025))).toBe('error.INVALID_PASSWORD');
});
