import { once } from 'node:events';
import { request } from 'node:https';
import { isPublicAddress, pinnedTo, type Resolve, resolveName } from '../http/outbound.ts';

/** For the whole attempt, the name included: a host that does not answer must not hold its slot for long. */
const TIMEOUT_MS = 5000;

/** One sealed push. */
export type PushRequest = { endpoint: string; headers: Record<string, string | number>; body: Buffer };
/** What a push service answered; `retryAfter` is in seconds, 0 when it gave none. */
export type PushResponse = { status: number; retryAfter: number };
/** Sends a push. @throws Error when no push service with a public address answers in time */
export type SendPush = (push: PushRequest) => Promise<PushResponse>;

/** For the push service of a test. */
export type PushClientDeps = {
  resolve?: Resolve;
  isAllowed?: (address: string) => boolean;
  port?: number;
  ca?: string;
  /** Milliseconds until a push service must have been found and have answered. */
  timeoutMs?: number;
};

/**
 * A client for push services that reaches public addresses only: the name is resolved once, every address it has must be
 * public, and the connection goes to one of these, even if the name resolves differently afterwards (DNS rebinding). Redirects are
 * not followed, and of a response only the status and Retry-After are read.
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
    return new Promise((onResponse, onError) => {
      const sent = request(
        {
          method: 'POST',
          host: url.hostname,
          port,
          path: url.pathname + url.search,
          headers: { ...headers, 'Content-Length': body.length },
          lookup: pinnedTo(addresses),
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
