import type { Response } from 'supertest';
import type { Client } from './client.ts';
import { reauthenticate } from './person.ts';
import { codeOf } from './totp-code.ts';

/** Ends the session of another device, with the password. */
export async function endDevice(who: Client, deviceId: string): Promise<Response> {
  const { ticket } = (await reauthenticate(who)).body;
  return who.delete(`/auth/devices/${deviceId}`, { 'Reauthentication-Ticket': ticket });
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
