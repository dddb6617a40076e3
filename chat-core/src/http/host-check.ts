import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Config } from '../config.ts';
import { parseForwarded } from './forwarded.ts';

/**
 * Endings of names that nobody on the internet can point at this box: reserved for networks at home (RFC 6761, 6762, 8375;
 * ICANN's .internal), of routers, and of Cloudflare's trial tunnels.
 */
const SAFE_ENDINGS = ['.localhost', '.local', '.internal', '.home.arpa', '.lan', '.trycloudflare.com'];
/** Names that were accepted, so that a poll costs one look-up. */
const MAX_ACCEPTED = 100;

type ProxyConfig = Pick<Config, 'publicUrl'> & {
  /** Whether this address is a proxy that forwards only what is meant for this box. */
  isTrusted(peer: string): boolean;
};

/** What a request's target and Host say: an accepted name, another one, or two different ones. */
export type HostVerdict = 'accepted' | 'unknown' | 'malformed';

/**
 * Against DNS rebinding, by which a page of a stranger makes a browser at home talk to this box under the stranger's name:
 * a request must name this box by an address, by a name without a dot or with one of SAFE_ENDINGS, by PUBLIC_URL or by
 * ALLOWED_HOSTS. Trusted proxies may name it otherwise.
 */
export function createHostCheck({
  publicUrl,
  allowedHosts,
  isTrusted,
}: ProxyConfig & Pick<Config, 'allowedHosts'>): (request: IncomingMessage) => HostVerdict {
  const names = new Set(allowedHosts);
  if (publicUrl) names.add(new URL(publicUrl).hostname);
  const accepted = new Set<string>();
  const isSafe = (host: string): boolean => {
    const name = nameOf(host);
    if (name === undefined) return false;
    return (
      isAddress(name) ||
      !name.includes('.') ||
      names.has(name) ||
      SAFE_ENDINGS.some((end) => name.endsWith(end))
    );
  };
  return (request) => {
    const { url = '', headers, socket } = request;
    const { host } = headers;
    // The absolute form names a host of its own (RFC 9112 §3.2.2).
    if (!url.startsWith('/') && url !== '*' && URL.parse(url)?.host !== host?.toLowerCase())
      return 'malformed';
    // HTTP/1.0 has none; browsers always send one.
    if (host === undefined || accepted.has(host)) return 'accepted';
    if (isSafe(host)) {
      if (accepted.size < MAX_ACCEPTED) accepted.add(host);
      return 'accepted';
    }
    if (nameOf(host) === undefined) return 'malformed';
    return isTrusted(socket.remoteAddress ?? '') ? 'accepted' : 'unknown';
  };
}

/** The name or address in a Host header, in lower case and without the port; undefined where it is none. */
function nameOf(host: string): string | undefined {
  const [, name] = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.exec(host) ?? [];
  return name?.toLowerCase().replace(/\.$/, '');
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

/**
 * Whether a request's client uses https: it names the host of an https PUBLIC_URL, or a trusted proxy says so in
 * X-Forwarded-Proto, as cloudflared, nginx and Caddy do, or in Forwarded (RFC 7239). Everyone else may write these headers.
 */
export function createHttpsCheck({
  publicUrl,
  isTrusted,
}: ProxyConfig): (request: IncomingMessage) => boolean {
  const url = publicUrl === undefined ? undefined : new URL(publicUrl);
  const ownHost = url?.protocol === 'https:' ? url.host : undefined;
  const trust = new WeakMap<Socket, boolean>();
  const comesTrusted = (socket: Socket): boolean => {
    let isTrustedSocket = trust.get(socket);
    if (isTrustedSocket === undefined) {
      isTrustedSocket = isTrusted(socket.remoteAddress ?? '');
      trust.set(socket, isTrustedSocket);
    }
    return isTrustedSocket;
  };
  return ({ headers, socket }) =>
    (ownHost !== undefined && headers.host === ownHost) ||
    // Most requests have neither header: they cost no look-up of their socket.
    (isForwarded(headers) && comesTrusted(socket) && saysHttps(headers));
}

function isForwarded(headers: IncomingHttpHeaders): boolean {
  return headers['x-forwarded-proto'] !== undefined || headers.forwarded !== undefined;
}

function saysHttps(headers: IncomingHttpHeaders): boolean {
  if (headers['x-forwarded-proto'] === 'https') return true;
  return headers.forwarded !== undefined && parseForwarded(headers.forwarded)?.at(-1)?.proto === 'https';
}
