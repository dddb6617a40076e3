import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { ClientIpHeader, TrustedProxy } from '../config.ts';
import { parseForwarded } from './forwarded.ts';

/** The IP address of a request's client. */
export type ClientIpOf = (request: IncomingMessage) => string;

/** `warn` is called when the configuration makes all clients of a proxy count as one. */
type ProxyConfig = {
  trustedProxies: TrustedProxy[];
  warn?: (message: string, details: object) => void;
};

/** The headers by which proxies name their clients. */
const FORWARDING_HEADERS = ['cf-connecting-ip', 'x-forwarded-for', 'x-real-ip', 'forwarded'];
const PRIVATE_IPV4 = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '169.254.0.0/16'];
const PRIVATE_IPV6 = ['::1/128', 'fc00::/7', 'fe80::/10'];

/**
 * The client is the socket's peer; if the peer is one of `trustedProxies`, the address in the header that this proxy sets, and in
 * no other: it may pass on any other one as the client wrote it. In the lists X-Forwarded-For and Forwarded (RFC 7239) the last
 * address that is no trusted proxy counts: each proxy appends its peer after whatever the client sent.
 */
export function createClientIpOf({ trustedProxies, warn = () => {} }: ProxyConfig): ClientIpOf {
  const isTrusted = inNetworks(trustedProxies.map(({ network }) => network));
  const proxies = trustedProxies.map(({ network, header }) => ({ has: inNetworks([network]), header }));
  const headerOf = rememberLast((peer) => proxies.find(({ has }) => has(peer))?.header);
  const warnOnce = createWarnings(warn);
  return (request) => {
    const peer = unmapped(request.socket.remoteAddress ?? '');
    const header = headerOf(peer);
    if (header === undefined) {
      warnOnce.untrustedProxy(peer, request.headers);
      return peer;
    }
    const addresses = namedBy(header, request.headers);
    const client = addresses.map((one) => unmapped(one.trim())).findLast((one) => !isTrusted(one)) ?? '';
    if (isIP(client) !== 0) return client;
    warnOnce.missingHeader(peer, header);
    return peer;
  };
}

/** The addresses in a header, the nearest last; what is none, or hidden, is another text. */
function namedBy(header: ClientIpHeader, headers: IncomingHttpHeaders): string[] {
  const text = String(headers[header.toLowerCase()] ?? '');
  if (header === 'CF-Connecting-IP') return [text];
  if (header === 'X-Forwarded-For') return text.split(',');
  return parseForwarded(text)?.map(({ address = '' }) => address) ?? [];
}

/** A function that is not called again for the text before: requests of one proxy follow each other. */
function rememberLast<T>(find: (text: string) => T): (text: string) => T {
  let last: { text: string; found: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, found: find(text) };
    return last.found;
  };
}

/** Logs each warning once. */
function createWarnings(warn: (message: string, details: object) => void) {
  const isPrivate = inNetworks([...PRIVATE_IPV4, ...PRIVATE_IPV6]);
  let hasWarnedOfHeader = false;
  let hasWarnedOfProxy = false;
  let first: { peer: string; client: string } | undefined;
  return {
    /** Two clients by one private address mean a proxy; a single one may be the peer itself. */
    untrustedProxy(peer: string, headers: IncomingHttpHeaders): void {
      if (hasWarnedOfProxy) return;
      const client = FORWARDING_HEADERS.map((name) => headers[name]).find((value) => value !== undefined);
      if (client === undefined || !isPrivate(peer)) return;
      first ??= { peer, client: String(client) };
      if (first.peer !== peer || first.client === String(client)) return;
      hasWarnedOfProxy = true;
      warn(
        'a proxy that is not in TRUSTED_PROXIES brings several clients: all count as one, and ten wrong passwords of one keep the others out (docs/reverse-proxies.md)',
        { peer },
      );
    },
    missingHeader(peer: string, header: ClientIpHeader): void {
      if (hasWarnedOfHeader) return;
      hasWarnedOfHeader = true;
      warn(
        `a proxy in TRUSTED_PROXIES names no client in ${header}: set CLIENT_IP_HEADER to the header it sends (docs/reverse-proxies.md)`,
        {
          peer,
        },
      );
    },
  };
}

/** A predicate for addresses in one of these networks (CIDRs). */
export function inNetworks(cidrs: string[]): (address: string) => boolean {
  const networks = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix] = cidr.split('/');
    networks.addSubnet(address, Number(prefix), family(address));
  }
  return (text) => {
    const address = unmapped(text);
    return isIP(address) !== 0 && networks.check(address, family(address));
  };
}

/**
 * The network that an address belongs to, which counts as one client: an IPv4 address itself, and the /56 of an IPv6
 * address, which is what a provider gives a household (RFC 6177; RIPE-690 §4.2). Whoever counts by address counts by this.
 */
export function networkOf(text: string): string {
  const address = unmapped(text);
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = (address.toLowerCase().split('%')[0] ?? '').split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(8 - front.length - back.length).fill('0');
  const [a, b, c, d = ''] = [...front, ...zeros, ...back].map((part) => part.replace(/^0+(?=.)/, ''));
  return `${a}:${b}:${c}:${d.padStart(4, '0').slice(0, 2)}00`;
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) as IPv4; any other as it is. */
function unmapped(address: string): string {
  return address.toLowerCase().startsWith('::ffff:') && isIP(address.slice(7)) === 4
    ? address.slice(7)
    : address;
}
