import type { Configuration } from 'openid-client';
import { ApiError } from '../errors.ts';
import { type OidcSettings, readOidcSecret } from '../oidc-settings.ts';
import type { Identity } from '../storage/store.ts';
import { createProviderFetch, ProviderAway, type ProviderFetch } from './provider-fetch.ts';

type Library = typeof import('openid-client');

/** What the provider says of itself is asked for again after this. */
const DISCOVERY_MS = 24 * 3600 * 1000;
/** A provider that was away is asked again after this, however many people want to log in. */
const RETRY_MS = 10_000;
const MAX_IN_FLIGHT = 16;
/** Seconds by which the clocks of the box and of the provider may differ. */
const CLOCK_TOLERANCE = 60;
/** Sent, and so expected, with one login: all derived from its id. */
export type Checks = { state: string; nonce: string; codeVerifier: string };

/** Who logged in at the provider, and when, in epoch seconds, if it said; `canSayWhen`: it claims that it can. */
export type Proven = Identity & { authenticatedAt: number | undefined; canSayWhen: boolean };

export type Provider = {
  /** Where a browser logs in. `isFresh`: the person has to log in there again. @throws ApiError OIDC_UNAVAILABLE */
  authorizationUrl(checks: Checks & { codeChallenge: string }, isFresh: boolean): Promise<URL>;
  /**
   * Redeems what the provider added to the callback. @throws ApiError OIDC_REFUSED, OIDC_CANCELLED, OIDC_UNAVAILABLE, each
   * with its cause
   */
  redeem(parameters: Record<string, string>, checks: Checks): Promise<Proven>;
};

const away = (cause: unknown, retryAfter = RETRY_MS / 1000) =>
  new ApiError('OIDC_UNAVAILABLE', { retryAfter, cause });

/**
 * The provider of the settings. The library is loaded, and the provider asked, with the first login: neither may delay the
 * start. @param stopwatch monotonic milliseconds
 */
export function openProvider(
  settings: OidcSettings,
  fetch: ProviderFetch = createProviderFetch(settings),
  stopwatch: () => number = () => performance.now(),
): Provider {
  const { issuer, clientId, redirectUri, isPrivate } = settings;
  let discovered: { library: Library; configuration: Configuration; until: number } | undefined;
  let discovering: Promise<NonNullable<typeof discovered>> | undefined;
  let failed: { cause: unknown; until: number } | undefined;
  let inFlight = 0;

  async function discover(): Promise<NonNullable<typeof discovered>> {
    const library = await import('openid-client');
    const options = {
      timeout: 0,
      [library.customFetch]: fetch,
      execute: [library.enableNonRepudiationChecks, ...(isPrivate ? [library.allowInsecureRequests] : [])],
    };
    const authenticate: ReturnType<Library['ClientSecretBasic']> = async (server, ...rest) => {
      const secret = ownSecret(settings);
      const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
      const isBasic = methods.includes('client_secret_basic');
      const by = isBasic ? library.ClientSecretBasic(secret) : library.ClientSecretPost(secret);
      await by(server, ...rest);
    };
    const metadata = { [library.clockTolerance]: CLOCK_TOLERANCE };
    const configuration = await library.discovery(new URL(issuer), clientId, metadata, authenticate, options);
    const { authorization_endpoint = '' } = configuration.serverMetadata();
    const protocol = URL.parse(authorization_endpoint)?.protocol;
    if (protocol !== 'https:' && !(isPrivate && protocol === 'http:'))
      throw new Error('the provider has no https address to log in');
    return { library, configuration, until: stopwatch() + DISCOVERY_MS };
  }

  async function current(): Promise<NonNullable<typeof discovered>> {
    if (discovered && stopwatch() < discovered.until) return discovered;
    if (failed && stopwatch() < failed.until)
      throw away(failed.cause, Math.ceil((failed.until - stopwatch()) / 1000));
    discovering ??= discover().finally(() => {
      discovering = undefined;
    });
    try {
      discovered = await discovering;
      failed = undefined;
      return discovered;
    } catch (cause) {
      failed = { cause, until: stopwatch() + RETRY_MS };
      throw away(cause);
    }
  }

  async function grant(parameters: Record<string, string>, checks: Checks): Promise<Proven> {
    const { library, configuration } = await current();
    const url = new URL(`${redirectUri}?${new URLSearchParams(parameters)}`);
    const tokens = await library
      .authorizationCodeGrant(configuration, url, {
        expectedState: checks.state,
        expectedNonce: checks.nonce,
        pkceCodeVerifier: checks.codeVerifier,
        idTokenExpected: true,
      })
      .catch((cause: unknown) => {
        throw refusalOf(cause, library);
      });
    const claims = tokens.claims();
    // A subject has at most 255 characters (OpenID Connect Core §2).
    if (!claims || claims.sub === '' || claims.sub.length > 255) throw new ApiError('OIDC_REFUSED');
    const canSayWhen = configuration.serverMetadata().claims_supported?.includes('auth_time') ?? false;
    return { issuer: claims.iss, subject: claims.sub, authenticatedAt: claims.auth_time, canSayWhen };
  }

  return {
    async authorizationUrl({ state, nonce, codeChallenge }, isFresh) {
      const { library, configuration } = await current();
      return library.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: 'openid',
        state,
        nonce,
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
        ...(isFresh && { max_age: '0' }),
      });
    },
    async redeem(parameters, checks) {
      if (inFlight >= MAX_IN_FLIGHT) throw away(new Error('too many logins at once'), 2);
      inFlight += 1;
      try {
        return await grant(parameters, checks);
      } finally {
        inFlight -= 1;
      }
    },
  };
}

/** @throws ProviderAway: whoever logs in can do nothing about it */
function ownSecret(settings: OidcSettings): string {
  try {
    return readOidcSecret(settings);
  } catch (cause) {
    throw new ProviderAway((cause as Error).message, { cause });
  }
}

/** What a failed login means: the provider is away, the person cancelled, or something in it is not as it must be. */
function refusalOf(cause: unknown, library: Library): ApiError {
  if (cause instanceof ApiError) return cause;
  if (cause instanceof library.AuthorizationResponseError)
    return new ApiError(
      /^(temporarily_unavailable|server_error)$/.test(cause.error) ? 'OIDC_UNAVAILABLE' : 'OIDC_CANCELLED',
      { cause },
    );
  // The secret of this box is wrong: the operator has to mend it.
  if (cause instanceof library.ResponseBodyError && cause.error === 'invalid_client') return away(cause);
  for (let error = cause; error instanceof Error; error = error.cause)
    if (error instanceof ProviderAway || 'errno' in error) return away(cause);
  return new ApiError('OIDC_REFUSED', { cause });
}
