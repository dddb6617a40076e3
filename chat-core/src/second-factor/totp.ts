import { Secret, TOTP } from 'otpauth';

/** RFC 6238 with the values that every authenticator app has. */
const FORM = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
const STEP_MS = FORM.period * 1000;
/** Codes of the step before and after count too: clocks differ, and typing takes time (RFC 6238 §5.2). */
const WINDOW_STEPS = 1;
/** 160 bits, the length of SHA-1's output (RFC 4226 §4). */
export const TOTP_SECRET_BYTES = 20;

/** Bytes in base32, as a person types them into an authenticator app. */
export function toBase32(bytes: Uint8Array): string {
  return new Secret({ buffer: Uint8Array.from(bytes).buffer }).base32;
}

/** The URI that a QR code shows to an authenticator app. @param secret in base32 */
export function totpUri(secret: string, username: string): string {
  return new TOTP({
    ...FORM,
    issuer: 'Bisik',
    label: username,
    secret: Secret.fromBase32(secret),
  }).toString();
}

/**
 * The time step of which `code` is the code, at most one step from now; undefined when it is wrong.
 * @param secret in base32. @param wallMs epoch milliseconds by the wall clock, as the phone's
 */
export function stepOfCode(secret: string, code: string, wallMs: number): number | undefined {
  // The library throws for other characters of the same number.
  if (!/^\d{6}$/.test(code)) return undefined;
  const delta = TOTP.validate({
    ...FORM,
    token: code,
    secret: Secret.fromBase32(secret),
    timestamp: wallMs,
    window: WINDOW_STEPS,
  });
  return delta === null ? undefined : Math.floor(wallMs / STEP_MS) + delta;
}

/**
 * Whether a code of `step` may still be used: each step once, and none before the last that was used (RFC 6238 §5.2).
 * A last step beyond what the clock allows was stored by a clock that ran ahead, and refuses nothing: it would refuse
 * every code until then.
 */
export function isUnusedStep(step: number, lastStep: number, wallMs: number): boolean {
  return step > lastStep || lastStep > Math.floor(wallMs / STEP_MS) + WINDOW_STEPS;
}
