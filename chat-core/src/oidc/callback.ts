import { LRUCache } from 'lru-cache';
import type { ServerTime } from '../clock.ts';
import { ApiError } from '../errors.ts';
import type { OidcCallback } from '../wire/wire.ts';
import type { Begun, Handover } from './handover.ts';
import type { Provider } from './provider.ts';

/** Logins whose outcome is remembered, so that a callback that is loaded again has the same one. */
const MAX_REMEMBERED = 1000;
const REMEMBERED_MS = 2 * 60_000;
/** By how much the clocks may differ when a person has to log in at the provider again. */
const FRESH_TOLERANCE_MS = 60_000;

export type CallbackDeps = {
  provider: Provider;
  handover: Handover;
  time: Pick<ServerTime, 'toWall'>;
  /** The page of this box, for a browser of which nothing is known. */
  defaultPage: string;
  onRefused: (error: ApiError) => void;
};

/** Answers the callback with the address of the page to go to: its code, or the error that it shows, in the fragment. */
export type Callback = (query: OidcCallback) => Promise<string>;

export function createCallback(deps: CallbackDeps): Callback {
  const { handover, defaultPage, onRefused } = deps;
  const outcomes = new LRUCache<string, { code: string | undefined; address: Promise<string> }>({
    max: MAX_REMEMBERED,
    ttl: REMEMBERED_MS,
    perf: performance,
  });

  async function addressOf(page: string, code: Promise<string>): Promise<string> {
    try {
      return `${page}/#/oidc/${await code}`;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      onRefused(error);
      return `${page}/#/oidc/error.${error.code}`;
    }
  }

  return async (query) => {
    let read: ReturnType<Handover['read']>;
    try {
      read = handover.read(query.state);
    } catch (error) {
      return addressOf(defaultPage, Promise.reject(error));
    }
    const { begun, checks, hasExpired } = read;
    const { page } = begun;
    if (hasExpired) return addressOf(page, Promise.reject(new ApiError('OIDC_EXPIRED')));
    const known = outcomes.get(begun.id);
    if (known && known.code !== query.code)
      return addressOf(page, Promise.reject(new ApiError('OIDC_REFUSED')));
    if (known) return known.address;
    const code = redeem(deps, begun, checks, query);
    const address = addressOf(page, code);
    outcomes.set(begun.id, { code: query.code, address });
    // While the provider is away nothing was used up: the next load may succeed.
    code.catch((error) => {
      if (!(error instanceof ApiError) || error.code === 'OIDC_UNAVAILABLE') outcomes.delete(begun.id);
    });
    return address;
  };
}

async function redeem(
  { provider, handover, time }: CallbackDeps,
  begun: Begun,
  checks: Parameters<Provider['redeem']>[1],
  { state, code, iss, error }: OidcCallback,
): Promise<string> {
  const parameters = Object.entries({ state, code, iss, error }).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const proven = await provider.redeem(Object.fromEntries(parameters), checks);
  const { authenticatedAt, canSayWhen } = proven;
  // A provider that never says when a person logged in there cannot be asked for more than that they are. One that can, and
  // did not, was not asked: whoever sits at the browser took the question out of the address.
  const isStale =
    authenticatedAt === undefined
      ? canSayWhen
      : authenticatedAt * 1000 < time.toWall(begun.at) - FRESH_TOLERANCE_MS;
  if (begun.purpose === 'confirm' && isStale) throw new ApiError('OIDC_REFUSED');
  return handover.codeFor(begun, proven);
}
