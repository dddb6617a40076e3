import { z } from 'zod';
import { Id, Time } from './common.ts';
import { EXAMPLE } from './examples.ts';

/** Bytes in base64url, without padding, in at most `max` characters. */
const base64Url = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[A-Za-z0-9_-]+$/, 'must be base64url')
    .meta({ format: 'base64url', example: 'AAAA' });

/** A credential id has up to 1,023 bytes (WebAuthn Level 3 §4). */
export const CredentialId = base64Url(1364).meta({ example: EXAMPLE.passkeyId });

/** The proof of a passkey (PublicKeyCredential with an AuthenticatorAssertionResponse), in base64url. */
export const PasskeyAssertion = z.strictObject({
  id: CredentialId,
  clientDataJSON: base64Url(4096),
  authenticatorData: base64Url(4096),
  signature: base64Url(2048),
  userHandle: base64Url(88).meta({ description: 'the id of the account, as bytes' }).exactOptional(),
});
export type PasskeyAssertion = z.infer<typeof PasskeyAssertion>;

/** What navigator.credentials.get takes, in JSON: the same for everyone. */
export const PasskeyRequest = z.strictObject({
  challenge: z.string(),
  rpId: z.string(),
  userVerification: z.literal('required'),
  timeout: z.number().int().meta({ description: 'milliseconds for which the challenge is good' }),
});
export type PasskeyRequest = z.infer<typeof PasskeyRequest>;

/** What navigator.credentials.create takes, in JSON. */
export const PasskeyCreation = z.strictObject({
  challenge: z.string(),
  rp: z.strictObject({ id: z.string(), name: z.string() }),
  user: z.strictObject({ id: z.string(), name: z.string(), displayName: z.string() }),
  pubKeyCredParams: z.array(z.strictObject({ type: z.literal('public-key'), alg: z.number().int() })),
  excludeCredentials: z.array(
    z.strictObject({ type: z.literal('public-key'), id: z.string(), transports: z.array(z.string()) }),
  ),
  authenticatorSelection: z.strictObject({
    residentKey: z.literal('required'),
    requireResidentKey: z.literal(true),
    userVerification: z.literal('required'),
  }),
  attestation: z.literal('none'),
  timeout: z.number().int(),
});
export type PasskeyCreation = z.infer<typeof PasskeyCreation>;

/** A name that its owner gives it, so that they know which one to remove. */
export const PasskeyName = z.string().min(1).max(64).meta({ example: 'Ponsel' });

/** A new passkey (PublicKeyCredential with an AuthenticatorAttestationResponse), in base64url. */
export const NewPasskey = z.strictObject({
  clientDataJSON: base64Url(4096),
  attestationObject: base64Url(16_384),
  transports: z.array(z.string().min(1).max(32)).max(8).exactOptional(),
});
export type NewPasskey = z.infer<typeof NewPasskey>;

/** `backedUp`: it is copied to other devices of its owner, by their own service. */
export const Passkey = z
  .strictObject({
    id: CredentialId,
    name: z.string(),
    createdAt: Time,
    lastUsedAt: Time.exactOptional(),
    backedUp: z.boolean(),
  })
  .meta({ id: 'Passkey' });
export type Passkey = z.infer<typeof Passkey>;

export const PasskeyLogin = z.strictObject({
  passkey: PasskeyAssertion,
  deviceName: z.string().max(64).meta({ description: 'shown in the list of devices' }).exactOptional(),
  attemptId: Id.meta({ example: EXAMPLE.attemptId }).exactOptional(),
});
export type PasskeyLogin = z.infer<typeof PasskeyLogin>;
