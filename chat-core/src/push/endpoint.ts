import { isIP } from 'node:net';

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
 *   empty, that is `any`: every public host is allowed
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
