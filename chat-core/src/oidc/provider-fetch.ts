import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP } from 'node:net';
import { isPublicAddress, pinnedTo, type Resolve, resolveName } from '../http/outbound.ts';

/** For one request, the name included: a person waits for it. */
const TIMEOUT_MS = 5000;
/** Discovery documents, key sets and tokens are a few KB. */
const MAX_BYTES = 256 * 1024;

/** What the library asks for: it follows no redirects, and gives the headers as an object. */
type FetchInit = { method: string; headers: Record<string, string>; body?: unknown };
export type ProviderFetch = (url: string, init: FetchInit) => Promise<Response>;

/** The provider did not answer, or not as a provider: another attempt later may succeed. */
export class ProviderAway extends Error {}

/** `isPrivate`: addresses of this machine and of the home network are allowed, and http to this machine. */
export type ProviderFetchDeps = {
  isPrivate: boolean;
  resolve?: Resolve;
  timeoutMs?: number;
  maxBytes?: number;
  ca?: string;
};

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Requests to the provider, with the care of pushes (push-client.ts): https, public addresses only, the name resolved once,
 * no redirects, bounded time and bytes. @throws ProviderAway
 */
export function createProviderFetch({
  isPrivate,
  resolve = resolveName,
  timeoutMs = TIMEOUT_MS,
  maxBytes = MAX_BYTES,
  ca,
}: ProviderFetchDeps): ProviderFetch {
  const isAllowed = (address: string, protocol: string) =>
    protocol === 'https:'
      ? isPrivate || isPublicAddress(address)
      : isPrivate && loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

  function resolved(host: string, signal: AbortSignal): Promise<string[]> {
    const timedOut = once(signal, 'abort').then((): never => {
      throw signal.reason;
    });
    return Promise.race([resolve(host, signal), timedOut]);
  }

  async function addressesOf({ hostname, protocol }: URL, signal: AbortSignal): Promise<string[]> {
    const host = hostname.replace(/^\[|\]$/g, '');
    const addresses = isIP(host)
      ? [host]
      : host === 'localhost'
        ? ['127.0.0.1']
        : await resolved(host, signal);
    if (addresses.length === 0 || !addresses.every((address) => isAllowed(address, protocol)))
      throw new Error('the provider has no address that is allowed (OIDC_HOST)');
    return addresses;
  }

  return async (address, { method, headers, body }) => {
    const url = new URL(address);
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const addresses = await addressesOf(url, signal);
      const bytes = Buffer.from(body === undefined || body === null ? '' : String(body));
      const request = url.protocol === 'https:' ? requestHttps : requestHttp;
      const sent = request(url, {
        method,
        headers: { ...headers, 'content-length': String(bytes.length) },
        lookup: pinnedTo(addresses),
        agent: false,
        signal,
        ...(ca && { ca }),
      });
      sent.end(bytes);
      const [response] = await once(sent, 'response');
      const pieces: Buffer[] = [];
      let length = 0;
      for await (const piece of response) {
        length += piece.length;
        if (length > maxBytes) throw new Error('the answer of the provider is too large');
        pieces.push(piece);
      }
      const { statusCode = 0 } = response;
      if (statusCode >= 500) throw new Error(`the provider answered ${statusCode}`);
      const type = response.headers['content-type'];
      return new Response(statusCode === 204 ? null : Buffer.concat(pieces), {
        status: statusCode,
        headers: type === undefined ? {} : { 'content-type': type },
      });
    } catch (cause) {
      throw new ProviderAway((cause as Error).message, { cause });
    }
  };
}
