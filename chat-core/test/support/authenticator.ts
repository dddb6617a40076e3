import type { Response } from 'supertest';
import type { Client } from './client.ts';
import { PASSWORD } from './person.ts';
import { codeOf } from './totp-code.ts';

/** Confirms a person's password, and a second factor. */
export function reauthenticate(
  who: Pick<Client, 'post'>,
  more: { secondFactor?: object; attemptId?: string; password?: string } = {},
): Promise<Response> {
  return who.post('/auth/reauthenticate', {
    password: PASSWORD,
    attemptId: crypto.randomUUID(),
    ...more,
  });
}

/** Turns on TOTP for a person, with the code of the half minute before this time; the codes from this one on are unused. */
export async function turnOnTotp(
  who: Client,
  wallMs: number,
): Promise<{ secret: string; recoveryCodes: string[] }> {
  const { ticket } = (await reauthenticate(who)).body;
  const { secret } = (await who.post('/auth/second-factor/totp', { ticket })).body;
  const confirm = { ticket, code: codeOf(secret, wallMs, -1) };
  const { body } = await who.post('/auth/second-factor/totp/confirm', confirm);
  return { secret, recoveryCodes: body.recoveryCodes };
}
