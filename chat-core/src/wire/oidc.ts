import { z } from 'zod';
import { Login, Name, Password } from './account.ts';
import { EXAMPLE } from './examples.ts';
import { InviteCode } from './invites.ts';
import { SecondFactor, Ticket } from './second-factor.ts';

/** 32 bytes in base64url. */
const Random = z.string().regex(/^[\w-]{43}$/, 'must be 32 bytes in base64url');

/** What a login by the provider is for: a code of one purpose is worth nothing for another. */
export const OidcPurpose = z.enum(['login', 'link', 'confirm']);
export type OidcPurpose = z.infer<typeof OidcPurpose>;

export const StartOidc = z.strictObject({
  purpose: OidcPurpose,
  challenge: Random.meta({
    example: EXAMPLE.oidc.challenge,
    description: 'the SHA-256 of a random verifier that never leaves the browser until the code is redeemed',
  }),
});
export type StartOidc = z.infer<typeof StartOidc>;

export const StartOidcAnswer = z.strictObject({
  url: z.string().meta({ description: 'where the browser goes to log in' }),
});
export type StartOidcAnswer = z.infer<typeof StartOidcAnswer>;

const opaque = (max: number) => z.string().max(max).exactOptional();

/** What the provider adds to the address of the callback; it may add more. */
export const OidcCallback = z.looseObject({
  state: z.string().max(2048),
  code: opaque(4096),
  iss: opaque(1024),
  error: opaque(256),
});
export type OidcCallback = z.infer<typeof OidcCallback>;

/** A code of the callback, and the verifier of the browser that began. */
export const OidcProof = z.strictObject({
  code: z.string().max(2048).meta({ format: 'code', example: EXAMPLE.oidc.code }),
  verifier: Random.meta({ example: EXAMPLE.oidc.verifier }),
});
export type OidcProof = z.infer<typeof OidcProof>;

export const OidcLogin = OidcProof.extend({
  deviceName: Login.shape.deviceName,
  secondFactor: SecondFactor.exactOptional(),
});
export type OidcLogin = z.infer<typeof OidcLogin>;

export const OidcRegistration = OidcProof.extend({ username: Name, inviteCode: InviteCode.exactOptional() });
export type OidcRegistration = z.infer<typeof OidcRegistration>;

export const OidcLink = OidcProof.extend({ ticket: Ticket });
export type OidcLink = z.infer<typeof OidcLink>;

export const OidcReauthenticate = OidcProof.extend({ secondFactor: SecondFactor.exactOptional() });
export type OidcReauthenticate = z.infer<typeof OidcReauthenticate>;

export const FirstPassword = z.strictObject({ ticket: Ticket, newPassword: Password });
export type FirstPassword = z.infer<typeof FirstPassword>;

/** How the account of the caller logs in besides its second factor. */
export const OidcLinkState = z.strictObject({ isLinked: z.boolean(), hasPassword: z.boolean() });
export type OidcLinkState = z.infer<typeof OidcLinkState>;
