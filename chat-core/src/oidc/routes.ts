import type { SecurityLog } from '../audit/security-log.ts';
import type { Registration } from '../auth/accounts.ts';
import { createDeviceProofs } from '../auth/device-proof.ts';
import { limitRegistration } from '../auth/throttle.ts';
import { ApiError } from '../errors.ts';
import { Redirect, RedirectAnswer } from '../http/redirect.ts';
import { type Route, route } from '../http/route.ts';
import { isOpenInvite } from '../invites/invites.ts';
import type { OidcSettings } from '../oidc-settings.ts';
import { FACTOR_ERRORS } from '../second-factor/verify.ts';
import { foldName } from '../storage/store.ts';
import { LoginAnswer } from '../wire/account.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { OidcCallback, OidcLogin, OidcRegistration, StartOidc, StartOidcAnswer } from '../wire/oidc.ts';
import { Profile } from '../wire/people.ts';
import type { OidcProof, OidcPurpose } from '../wire/wire.ts';
import { accountRoutes } from './account-routes.ts';
import { type AccountDeps, logInByProof, registerByProof } from './accounts.ts';
import { createCallback } from './callback.ts';
import { createHandover, PROOF_ERRORS, type Proof } from './handover.ts';
import { openProvider, type Provider } from './provider.ts';

type RoutesDeps = AccountDeps & {
  settings: OidcSettings | undefined;
  /** Tests pass their own. */
  provider?: Provider | undefined;
  /** The rule of registration, as it is now. */
  box: { registration: Registration };
  /** Pages that may log people in, besides that of this box. */
  corsOrigins: ReadonlySet<string>;
  publicUrl: string | undefined;
  securityLog: Pick<SecurityLog, 'record'>;
};

const CALLBACK = '/auth/oidc/callback';

/** Logging in by a provider of OpenID Connect (docs/oidc.md). */
export function oidcRoutes(deps: RoutesDeps): Route[] {
  const { settings, store, tokens, clock, securityLog, box } = deps;
  const { limits } = deps.factors;
  const handover = createHandover(tokens.deriveKey('oidc'), clock);
  const proofs = createDeviceProofs(tokens.deriveKey('known-device'));
  const provider = settings && (deps.provider ?? openProvider(settings));
  const pages = pagesOf(deps);
  const callback =
    provider &&
    createCallback({
      provider,
      handover,
      time: store.time,
      defaultPage: [...pages][0] ?? '',
      onRefused: (error) => recordRefusal(securityLog, error),
    });
  /** @throws ApiError with one of PROOF_ERRORS */
  const redeem = (proof: OidcProof, purpose: OidcPurpose): Proof => {
    if (!settings) throw new ApiError('OIDC_OFF');
    return handover.redeem(proof, purpose);
  };

  return [
    route({
      method: 'post',
      path: '/auth/oidc/start',
      worksWhenFull: true,
      summary: 'Begin a login by the provider: where the browser goes',
      who: 'anyone',
      rate: 'providers',
      priority: 'low',
      body: StartOidc,
      answer: StartOidcAnswer,
      errors: ['OIDC_OFF', 'OIDC_REFUSED', 'OIDC_UNAVAILABLE'],
      example: { purpose: 'login', challenge: EXAMPLE.oidc.challenge },
      handle: async (call) => {
        if (!provider) throw new ApiError('OIDC_OFF');
        const [fallback = ''] = pages;
        const page = call.header('origin') ?? fallback;
        if (!pages.has(page)) throw new ApiError('OIDC_REFUSED');
        const begun = handover.begin({ ...call.body, page });
        const url = await provider.authorizationUrl(begun, call.body.purpose === 'confirm');
        return { url: url.href };
      },
    }),
    route({
      method: 'get',
      path: CALLBACK,
      summary:
        'Where the provider sends the browser back to: on to the page, with a code or an error behind #',
      who: 'anyone',
      rate: 'providers',
      priority: 'low',
      query: OidcCallback,
      answer: RedirectAnswer,
      errors: ['OIDC_OFF'],
      example: { state: 'from the provider', code: 'from the provider' },
      handle: async ({ query }) => {
        if (!callback) throw new ApiError('OIDC_OFF');
        return new Redirect(await callback(query));
      },
    }),
    route({
      method: 'post',
      path: '/auth/oidc/login',
      worksWhenFull: true,
      summary: 'Log in with a code of the callback, once; repeatable',
      who: 'anyone',
      rate: 'providers',
      priority: 'low',
      body: OidcLogin,
      answer: LoginAnswer,
      errors: [
        ...PROOF_ERRORS,
        'OIDC_NOT_LINKED',
        'ACCOUNT_SUSPENDED',
        ...FACTOR_ERRORS,
        'NO_SUCH_ACCOUNT',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: { code: EXAMPLE.oidc.code, verifier: EXAMPLE.oidc.verifier, deviceName: 'Firefox, Linux' },
      handle: async (call) => {
        const { code, verifier, deviceName, secondFactor: input } = call.body;
        const address = call.clientIp();
        const proof = redeem({ code, verifier }, 'login');
        const { account, token, needsFactor } = await logInByProof(deps, proof, {
          ...(deviceName !== undefined && { deviceName }),
          input,
          address,
        });
        securityLog.record('login', { who: account.id, from: address, route: 'POST /auth/oidc/login' });
        const { id, username, contacts } = account;
        return {
          id,
          username,
          contacts,
          token,
          deviceProof: proofs.issue(foldName(username)),
          ...(needsFactor && { setUpTicket: deps.tickets.issue(needsFactor).ticket }),
        };
      },
    }),
    route({
      method: 'post',
      path: '/auth/oidc/register',
      summary: 'Make an account that logs in by the provider, with a code of the callback; repeatable',
      who: 'anyone',
      rate: 'attempts',
      priority: 'lowest',
      body: OidcRegistration,
      answer: Profile,
      errors: [
        ...PROOF_ERRORS,
        'OIDC_LINKED',
        'INVALID_USERNAME',
        'USERNAME_TAKEN',
        'REGISTRATION_CLOSED',
        'INVITE_REQUIRED',
        'INVITE_INVALID',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: { code: EXAMPLE.oidc.code, verifier: EXAMPLE.oidc.verifier, username: 'gendis' },
      handle: async (call) => {
        const { code, verifier, ...input } = call.body;
        const proof = redeem({ code, verifier }, 'login');
        const isInvited = input.inviteCode !== undefined && (await isOpenInvite(deps, input.inviteCode));
        return limitRegistration(limits, call.clientIp(), isInvited, () =>
          registerByProof(deps, box.registration, proof, input),
        );
      },
    }),
    ...accountRoutes(deps, redeem),
  ];
}

/** The only pages that a login returns to; the first is that of this box. */
function pagesOf({ settings, publicUrl, corsOrigins }: RoutesDeps): Set<string> {
  const own = settings ? [new URL(settings.redirectUri).origin] : [];
  return new Set([...(publicUrl === undefined ? [] : [publicUrl]), ...corsOrigins, ...own]);
}

/** A callback that was refused is answered with a redirect: its reason stands in the log alone. */
function recordRefusal(log: Pick<SecurityLog, 'record'>, { code, cause }: ApiError): void {
  const more = { route: `GET ${CALLBACK}`, code, ...(cause instanceof Error && { cause: cause.message }) };
  log.record(code === 'OIDC_UNAVAILABLE' ? 'provider-silent' : 'provider-refused', more);
}
