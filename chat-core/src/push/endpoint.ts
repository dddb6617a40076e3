import { BlockList, isIP } from 'node:net';

const LONGEST = 1024;
/** Names that never lead out of a home or a machine (RFC 6761, 6762, 8375, and what routers use). */
const INNER = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'private',
  'arpa',
  'onion',
];

/** What is not the internet (IANA's special-purpose registries), and ways to name such an address by another. */
const V4 = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24',
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
];
/** Of IPv6 only 2000::/3 is given out at all; within it tunnels, documentation and benchmarks are not. */
const V6 = ['::/3 4000::/2 8000::/1 2001::/23 2001:db8::/32 2002::/16 3fff::/20'];

/** One list for each family: a list takes an IPv4 address for the IPv6 one that it is mapped to, too. */
function listOf(family: 'ipv4' | 'ipv6', lines: string[]): BlockList {
  const list = new BlockList();
  for (const network of lines.join(' ').split(' ')) {
    const [address = '', prefix = ''] = network.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
const inner = { 4: listOf('ipv4', V4), 6: listOf('ipv6', V6) };

/** Whether an address is one of the internet: nothing of this machine, this home or this network answers there. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !inner[4].check(address, 'ipv4');
  return family === 6 && !inner[6].check(address, 'ipv6');
}

/**
 * Whether an address may be a push service's, as far as its text tells: https at the usual port, by a full name of the
 * internet. Where the name leads is looked at when it is used (post.ts): it may lead elsewhere by then.
 */
export function isPushEndpoint(text: string): boolean {
  if (text.length > LONGEST || !/^https:\/\/[\x21-\x7e]+$/.test(text)) return false;
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' || url.username || url.password || url.port || url.hash) return false;
  const labels = url.hostname.split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length < 2 || isIP(url.hostname) !== 0 || !/^[a-z][a-z0-9-]+$/.test(last)) return false;
  return !INNER.includes(last) && labels.every((label) => /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/.test(label));
}
