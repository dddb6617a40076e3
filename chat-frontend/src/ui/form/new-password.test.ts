import { expect, test } from 'vitest';
import { checkNewPassword } from './new-password.ts';

test('a new password has at least 8 characters and at most 72 bytes, counted as on the server', () => {
  expect(checkNewPassword('sandi12')).toBe('error.INVALID_PASSWORD');
  expect(checkNewPassword('sandi123')).toBeUndefined();
  expect(checkNewPassword('😀😀😀😀😀😀😀😀')).toBeUndefined();
  expect(checkNewPassword('x'.repeat(72))).toBeUndefined();
  expect(checkNewPassword('x'.repeat(73))).toBe('error.INVALID_PASSWORD');
  expect(checkNewPassword('é'.repeat(37))).toBe('error.INVALID_PASSWORD');
});
