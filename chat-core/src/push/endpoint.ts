import { BlockList, isIP } from 'node:net';

const MAX_LENGTH = 1024;
/** Top-level names that never leave a local network (RFC 6761, 6762, 8375, and what routers use). */
const LOCAL_NAMES = [
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
/** The push services of Chrome and most Android browsers, Firefox, Safari and Edge. `*.` stands for any name below. */
const KNOWN_HOSTS = [
  'fcm.googleapis.com',
  '*.push.services.mozilla.com',
  '*.push.apple.com',
  '*.notify.windows.com',
];

/** Special-purpose networks (IANA's registries), and relays that lead into them. */
const V4 = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24',
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
];
/** Of IPv6 only 2000::/3 is allocated; within it tunnels, documentation and benchmarks are excluded. */
const V6 = ['::/3 4000::/2 8000::/1 2001::/23 2001:db8::/32 2002::/16 3fff::/20'];

/** One list per family, because a BlockList also matches an IPv4 address against its mapped IPv6 form. */
function listOf(family: 'ipv4' | 'ipv6', lines: string[]): BlockList {
  const list = new BlockList();
  for (const network of lines.join(' ').split(' ')) {
    const [address = '', prefix = ''] = network.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
const special = { 4: listOf('ipv4', V4), 6: listOf('ipv6', V6) };

/** Whether an IP address is on the public internet, not on this machine or a local network. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special[4].check(address, 'ipv4');
  return family === 6 && !special[6].check(address, 'ipv6');
}

/**
 * Whether a URL may be the endpoint of a push service: https at the default port, with a public host name. The addresses
 * of the name are checked when it is used (push-client.ts), since they may change.
 */
export function isPushEndpoint(text: string): boolean {
  if (text.length > MAX_LENGTH || !/^https:\/\/[\x21-\x7e]+$/.test(text)) return false;
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' || url.username || url.password || url.port || url.hash) return false;
  const labels = url.hostname.split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length < 2 || isIP(url.hostname) !== 0 || !/^[a-z][a-z0-9-]+$/.test(last)) return false;
  return (
    !LOCAL_NAMES.includes(last) && labels.every((label) => /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/.test(label))
  );
}

/** The host of an endpoint, as it is resolved. */
export function hostOf(endpoint: string): string {
  return URL.parse(endpoint)?.hostname ?? '';
}

/** Which hosts the box sends pushes to, and which of them are known push services. */
export type PushHosts = { isAllowed: (host: string) => boolean; isKnown: (host: string) => boolean };

/**
 * @param listed what `PUSH_HOSTS` lists: names, `*.` and a name for all below it, or `known` for the services of the browsers;
 *   empty: every public host is allowed
 */
export function pushHosts(listed: readonly string[]): PushHosts {
  const names = listed.flatMap((name) => (name === 'known' ? KNOWN_HOSTS : [name]));
  const isListed = matcherOf(names);
  return {
    isAllowed: names.length === 0 ? () => true : isListed,
    isKnown: names.length === 0 ? matcherOf(KNOWN_HOSTS) : isListed,
  };
}

function matcherOf(names: readonly string[]): (host: string) => boolean {
  const exact = new Set(names);
  const suffixes = names.filter((name) => name.startsWith('*.')).map((name) => name.slice(1));
  return (host) => exact.has(host) || suffixes.some((suffix) => host.endsWith(suffix));
}
