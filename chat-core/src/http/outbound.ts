import { Resolver } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';

const DNS_TIMEOUT_MS = 2000;

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

/** All addresses of a name. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<string[]>;

/** DNS does not go through libuv's thread pool: a network without DNS must not delay a commit. */
export const resolveName: Resolve = async (host, signal) => {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 2 });
  signal.addEventListener('abort', () => resolver.cancel());
  const results = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
};

/** A look-up that always gives these addresses, even if the name resolves differently afterwards (DNS rebinding). */
export function pinnedTo(addresses: string[]): LookupFunction {
  const resolved = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, { all }, callback) => {
    const [first = { address: '', family: 4 }] = resolved;
    if (all) callback(null, resolved);
    else callback(null, first.address, first.family);
  };
}
