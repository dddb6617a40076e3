import { z } from 'zod';
import { codeLike, Id, Time } from './common.ts';
import { EXAMPLE } from './examples.ts';
import { CredentialId, NewPasskey, Passkey, PasskeyAssertion, PasskeyName } from './passkeys.ts';

const TotpCode = z
  .string()
  .regex(/^\d{6}$/, 'must be six digits')
  .meta({ example: EXAMPLE.totpCode });

/** The proof of a second factor, one kind of it. */
export const SecondFactor = z.union([
  z.strictObject({ totp: TotpCode }),
  z.strictObject({ recoveryCode: codeLike(EXAMPLE.recoveryCode) }),
  z.strictObject({ passkey: PasskeyAssertion }),
]);
export type SecondFactor = z.infer<typeof SecondFactor>;

export const Ticket = z
  .string()
  .max(128)
  .meta({ example: EXAMPLE.ticket, description: 'of POST /auth/reauthenticate; good for 10 minutes' });

/** The password, and the second factor if there is one; or a passkey alone. */
export const Reauthenticate = z.strictObject({
  password: z.string().max(1024).meta({ format: 'password', example: EXAMPLE.me.password }).exactOptional(),
  secondFactor: SecondFactor.exactOptional(),
  attemptId: Id.meta({ example: EXAMPLE.attemptId }),
});
export type Reauthenticate = z.infer<typeof Reauthenticate>;

export const ReauthenticateAnswer = z.strictObject({ ticket: Ticket, expiresAt: Time });
export type ReauthenticateAnswer = z.infer<typeof ReauthenticateAnswer>;

/** Proves that the password, and a second factor if there is one, were given on this device a few minutes ago. */
export const WithTicket = z.strictObject({ ticket: Ticket });

export const SecondFactorState = z.strictObject({
  totp: z.boolean(),
  passkeys: z.array(Passkey),
  recoveryCodesLeft: z.number().int().min(0),
});
export type SecondFactorState = z.infer<typeof SecondFactorState>;

/** A secret for an authenticator app: in base32, and as the URI that a QR code shows. */
export const TotpSecret = z.strictObject({ secret: z.string(), uri: z.string() });
export type TotpSecret = z.infer<typeof TotpSecret>;

export const ConfirmTotp = z.strictObject({ ticket: Ticket, code: TotpCode });
export type ConfirmTotp = z.infer<typeof ConfirmTotp>;

/** New recovery codes, which are shown this once; none when the account keeps those it has. */
export const RecoveryCodesAnswer = z.strictObject({ recoveryCodes: z.array(z.string()).exactOptional() });
export type RecoveryCodesAnswer = z.infer<typeof RecoveryCodesAnswer>;

export const AddPasskey = z.strictObject({ ticket: Ticket, name: PasskeyName, passkey: NewPasskey });
export type AddPasskey = z.infer<typeof AddPasskey>;

export const RenamePasskey = z.strictObject({ ticket: Ticket, id: CredentialId, name: PasskeyName });
export type RenamePasskey = z.infer<typeof RenamePasskey>;

export const RemovePasskey = z.strictObject({ ticket: Ticket, id: CredentialId });
export type RemovePasskey = z.infer<typeof RemovePasskey>;
