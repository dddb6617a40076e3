import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Config } from '../config.ts';

/** Says which client a request comes from. */
export type AddressOf = (request: IncomingMessage) => string;

/** Which proxies are believed about clients; `warn` hears of one that is set up so that all its clients count as one. */
export type Proxies = {
  trustedProxies: string[];
  clientIpHeader: Config['clientIpHeader'];
  warn?: (message: string, details: object) => void;
};

/** What proxies say of their clients, in any of the ways in use. */
const FORWARDING = ['cf-connecting-ip', 'x-forwarded-for', 'x-real-ip', 'forwarded'];
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '169.254.0.0/16'];
const PRIVATE_6 = ['::1/128', 'fc00::/7', 'fe80::/10'];

/**
 * The socket's peer; only when that is one of `trustedProxies` (CIDRs), what it says in the one header that is believed.
 * Any other header it may hand on as a client wrote it. Of X-Forwarded-For the last address counts that is no trusted
 * proxy: each proxy appends whom it hears, after whatever a client sent.
 */
export function openAddresses({ trustedProxies, clientIpHeader, warn = () => {} }: Proxies): AddressOf {
  const isTrusted = inNetworks(trustedProxies);
  const header = clientIpHeader.toLowerCase();
  const warnOnce = openWarnings(clientIpHeader, warn);
  return (request) => {
    const peer = plain(request.socket.remoteAddress ?? '');
    if (!isTrusted(peer)) {
      warnOnce.ofUntrusted(peer, request.headers);
      return peer;
    }
    const said = String(request.headers[header] ?? '').split(',');
    const named = said.map((one) => plain(one.trim())).findLast((one) => !isTrusted(one)) ?? '';
    if (isIP(named) !== 0 && (said.length === 1 || header === 'x-forwarded-for')) return named;
    warnOnce.ofSilent(peer);
    return peer;
  };
}

/** Says once each what a person who runs the box should mend. */
function openWarnings(header: string, warn: (message: string, details: object) => void) {
  const isPrivate = inNetworks([...PRIVATE, ...PRIVATE_6]);
  let hasWarnedOfSilent = false;
  let isDone = false;
  let first: { peer: string; client: string } | undefined;
  return {
    /** Two clients by one address of the home are a proxy; a single one may be its own. */
    ofUntrusted(peer: string, headers: IncomingHttpHeaders): void {
      if (isDone) return;
      const client = FORWARDING.map((name) => headers[name]).find((value) => value !== undefined);
      if (client === undefined || !isPrivate(peer)) return;
      const one = { peer, client: String(client) };
      first ??= one;
      if (first.peer !== peer || first.client === one.client) return;
      isDone = true;
      warn(
        'a proxy that is not in TRUSTED_PROXIES brings several clients: all count as one, and ten wrong passwords of one keep the others out (docs/self-hosting.md)',
        { peer },
      );
    },
    ofSilent(peer: string): void {
      if (hasWarnedOfSilent) return;
      hasWarnedOfSilent = true;
      warn(
        `a proxy in TRUSTED_PROXIES names no client in ${header}: set CLIENT_IP_HEADER to the header it sends`,
        {
          peer,
        },
      );
    },
  };
}

/** Whether an address lies in one of some networks (CIDRs). */
export function inNetworks(cidrs: string[]): (address: string) => boolean {
  const networks = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix] = cidr.split('/');
    networks.addSubnet(address, Number(prefix), family(address));
  }
  return (text) => {
    const address = plain(text);
    return isIP(address) !== 0 && networks.check(address, family(address));
  };
}

/** The bucket of an address: an IPv6 client owns a whole /64, so that counts as one. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(8 - front.length - back.length).fill('0');
  return [...front, ...zeros, ...back]
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':');
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** An IPv4 peer of an IPv6 socket, as IPv4. */
function plain(address: string): string {
  return address.toLowerCase().startsWith('::ffff:') && isIP(address.slice(7)) === 4
    ? address.slice(7)
    : address;
}
