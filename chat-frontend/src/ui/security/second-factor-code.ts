import type { SecondFactor } from '../../../../chat-core/src/wire/wire.ts';
import type { Key } from '../../i18n/language.ts';

/** What a person typed, as the second factor it is: six digits are the code of an app, all else a recovery code. */
export function secondFactorOf(typed: string): SecondFactor {
  const digits = typed.replace(/\s/g, '');
  return /^\d{6}$/.test(digits) ? { totp: digits } : { recoveryCode: typed.trim() };
}

/** Refuses what cannot be the code of an app before it is sent. */
export function checkAppCode(typed: string): Key | undefined {
  return 'totp' in secondFactorOf(typed) ? undefined : 'second.codeForm';
}
