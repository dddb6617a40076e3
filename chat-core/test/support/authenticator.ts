import type { Response } from 'supertest';
import type { ReauthenticateAnswer } from '../../src/wire/wire.ts';
import type { Client } from './client.ts';
import { PASSWORD } from './person.ts';
import { codeOf } from './totp-code.ts';

/** Confirms a person's password, and a second factor. */
export function reauthenticate<Answer>(
  who: { post(path: string, body: unknown): Promise<Answer> },
  more: { secondFactor?: object; attemptId?: string; password?: string } = {},
): Promise<Answer> {
  return who.post('/auth/reauthenticate', {
    password: PASSWORD,
    attemptId: crypto.randomUUID(),
    ...more,
  });
}

/** Ends the session of another device, with the password. */
export async function endDevice(who: Client, deviceId: string): Promise<Response> {
  const { ticket } = (await reauthenticate(who)).body;
  return who.delete(`/auth/devices/${deviceId}`, { 'Reauthentication-Ticket': ticket });
}

/** Logs a person out everywhere, with the password. */
export async function logOutEverywhere<Answer extends { body: unknown }>(
  who: { post(path: string, body: unknown): Promise<Answer> },
  password = PASSWORD,
): Promise<Answer> {
  const { ticket } = (await reauthenticate(who, { password })).body as ReauthenticateAnswer;
  return who.post('/auth/logout', { everywhere: true, ticket });
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
