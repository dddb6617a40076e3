import { Secret, TOTP } from 'otpauth';

/** The code that an authenticator app shows for a secret in base32, `steps` half minutes from this time. */
export function codeOf(secret: string, wallMs: number, steps = 0): string {
  const timestamp = wallMs + steps * 30_000;
  return TOTP.generate({ secret: Secret.fromBase32(secret), timestamp });
}
