import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Says which client a request comes from. */
export type AddressOf = (request: IncomingMessage) => string;

/**
 * The socket's peer; only when that is one of `trustedProxies` (CIDRs), what it says in CF-Connecting-IP.
 * X-Forwarded-For is never read: Cloudflare appends to what a client sends (cloudflared issue 1426).
 */
export function openAddresses(trustedProxies: string[]): AddressOf {
  const isTrusted = inNetworks(trustedProxies);
  return (request) => {
    const peer = plain(request.socket.remoteAddress ?? '');
    if (!isTrusted(peer)) return peer;
    const named = request.headers['cf-connecting-ip'];
    return typeof named === 'string' && isIP(named) !== 0 ? plain(named) : peer;
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
