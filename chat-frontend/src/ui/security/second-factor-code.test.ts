import { expect, test } from 'vitest';
import { checkAppCode, secondFactorOf } from './second-factor-code.ts';

test('six digits, however they are spaced, are the code of an app, and all else is a recovery code', () => {
  for (const typed of ['123456', '123 456', ' 123456\n'])
    expect([secondFactorOf(typed), checkAppCode(typed)]).toEqual([{ totp: '123456' }, undefined]);
  for (const typed of ['12345', '1234567', '4Q8Z-N1CB-W7RT-5KHD'])
    expect([secondFactorOf(` ${typed} `), checkAppCode(typed)]).toEqual([
      { recoveryCode: typed },
      'second.codeForm',
    ]);
});
