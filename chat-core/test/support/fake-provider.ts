import { createHash } from 'node:crypto';
import request from 'supertest';
import type { Provider } from '../../src/oidc/provider.ts';
import { EXAMPLE } from '../../src/wire/examples.ts';
import type { OidcProof, OidcPurpose } from '../../src/wire/wire.ts';
import type { TestApp } from './app.ts';

/** The settings of a box with a provider, which is not asked: `fakeProvider` answers. */
export const OIDC_ENV = {
  OIDC_ISSUER: 'https://id.example.org',
  OIDC_CLIENT_ID: 'box',
  OIDC_CLIENT_SECRET_FILE: 'none',
  OIDC_REDIRECT_URI: 'https://chat.example.org/api/auth/oidc/callback',
};

/** A provider at which whoever its code names has logged in. */
export const fakeProvider: Provider = {
  authorizationUrl: async ({ state }) => new URL(`https://id.example.org/login?state=${state}`),
  redeem: async ({ code = '' }) => ({
    issuer: OIDC_ENV.OIDC_ISSUER,
    subject: code,
    authenticatedAt: undefined,
    canSayWhen: false,
  }),
};

const { verifier } = EXAMPLE.oidc;

/** What a browser has after this person has logged in at the provider. */
export async function proofOf(test: TestApp, purpose: OidcPurpose, person: string): Promise<OidcProof> {
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const begun = await request(test.app).post('/auth/oidc/start').send({ purpose, challenge });
  const state = new URL(begun.body.url).searchParams.get('state') ?? '';
  const answer = await request(test.app).get('/auth/oidc/callback').query({ state, code: person });
  return { code: answer.headers.location?.split('#/oidc/')[1] ?? '', verifier };
}

/** Links an account with this person of the provider, as if it had asked. */
export async function linkIdentity({ store }: TestApp, username: string, subject: string): Promise<void> {
  await store.transact(async (tx) => {
    const account = await tx.accountByName(username);
    if (!account) throw new Error(`no ${username}`);
    const identity = { issuer: OIDC_ENV.OIDC_ISSUER, subject, linkedAt: 0, usedAt: 0 };
    await tx.saveAccount({ ...account, identity });
  });
}
