import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { request } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from './endpoint.ts';

const DNS_TIMEOUT_MS = 2000;
/** For the whole attempt, the name included: a host that does not answer must not hold its slot for long. */
const TIMEOUT_MS = 5000;

/** One sealed push. */
export type PushRequest = { endpoint: string; headers: Record<string, string | number>; body: Buffer };
/** What a push service answered; `retryAfter` is in seconds, 0 when it gave none. */
export type PushResponse = { status: number; retryAfter: number };
/** Sends a push. @throws Error when no push service with a public address answers in time */
export type SendPush = (push: PushRequest) => Promise<PushResponse>;

/** `resolve` returns all addresses of a name. The rest is for the push service of a test. */
export type PushClientDeps = {
  resolve?: (host: string, signal: AbortSignal) => Promise<string[]>;
  isAllowed?: (address: string) => boolean;
  port?: number;
  ca?: string;
  /** Milliseconds until a push service must have been found and have answered. */
  timeoutMs?: number;
};

/**
 * A client for push services that reaches public addresses only: the name is resolved once, every address it has must be
 * public, and the connection goes to one of these, even if the name resolves differently afterwards (DNS rebinding). Redirects are
 * not followed, and of a response only the status and Retry-After are read. DNS does not go through libuv's thread pool:
 * a network without DNS must not delay a commit.
 */
export function createPushClient({
  resolve = resolveName,
  isAllowed = isPublicAddress,
  port = 443,
  ca,
  timeoutMs = TIMEOUT_MS,
}: PushClientDeps = {}): SendPush {
  return async ({ endpoint, headers, body }) => {
    const url = new URL(endpoint);
    const signal = AbortSignal.timeout(timeoutMs);
    const timedOut = once(signal, 'abort').then((): never => {
      throw signal.reason;
    });
    const addresses = await Promise.race([resolve(url.hostname, signal), timedOut]);
    if (addresses.length === 0 || !addresses.every(isAllowed)) {
      throw new Error('the push service has no public address');
    }
    const resolved = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const lookup: LookupFunction = (_host, { all }, callback) => {
      const [first = { address: '', family: 4 }] = resolved;
      if (all) callback(null, resolved);
      else callback(null, first.address, first.family);
    };
    return new Promise((onResponse, onError) => {
      const sent = request(
        {
          method: 'POST',
          host: url.hostname,
          port,
          path: url.pathname + url.search,
          headers: { ...headers, 'Content-Length': body.length },
          lookup,
          agent: false,
          signal,
          ...(ca && { ca }),
        },
        (response) => {
          const retryAfter = Number(response.headers['retry-after'] ?? 0);
          onResponse({
            status: response.statusCode ?? 0,
            retryAfter: Number.isNaN(retryAfter) ? 0 : retryAfter,
          });
          response.on('error', () => {});
          response.destroy();
        },
      );
      sent.on('error', onError);
      sent.end(body);
    });
  };
}

async function resolveName(host: string, signal: AbortSignal): Promise<string[]> {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 2 });
  signal.addEventListener('abort', () => resolver.cancel());
  const results = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}
