import { z } from 'zod';
import { codeLike, Id, Time } from './common.ts';
import { EXAMPLE } from './examples.ts';

const TotpCode = z
  .string()
  .regex(/^\d{6}$/, 'must be six digits')
  .meta({ example: EXAMPLE.totpCode });

/** The proof of a second factor, one kind of it. */
export const SecondFactor = z.union([
  z.strictObject({ totp: TotpCode }),
  z.strictObject({ recoveryCode: codeLike(EXAMPLE.recoveryCode) }),
]);
export type SecondFactor = z.infer<typeof SecondFactor>;

export const Ticket = z
  .string()
  .max(128)
  .meta({ example: EXAMPLE.ticket, description: 'of POST /auth/reauthenticate; good for 10 minutes' });

export const Reauthenticate = z.strictObject({
  password: z.string().max(1024).meta({ format: 'password', example: EXAMPLE.me.password }),
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
