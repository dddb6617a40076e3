import { isIP } from 'node:net';

/** One hop of a Forwarded header: the address that it names (undefined: hidden, unknown or none) and the protocol. */
export type ForwardedHop = { address: string | undefined; proto: string | undefined };

/** Proxies write some 60 characters a hop; a longer header is not read. */
const MAX_LENGTH = 2048;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PAIR = new RegExp(`[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)")[ \\t]*)?([;,]|$)`, 'y');

/**
 * The hops of a Forwarded header (RFC 7239 §4), the nearest proxy's last; undefined where it is not well-formed. A header that
 * was sent several times is given joined by commas.
 */
export function parseForwarded(header: string): ForwardedHop[] | undefined {
  if (header.length > MAX_LENGTH) return undefined;
  const hops: ForwardedHop[] = [];
  let hop: ForwardedHop = { address: undefined, proto: undefined };
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex <= header.length) {
    const found = PAIR.exec(header);
    if (!found) return undefined;
    const [, name, token, quoted, end] = found;
    const value = token ?? quoted?.replace(/\\(.)/g, '$1');
    if (name?.toLowerCase() === 'for') hop.address = addressOf(value ?? '');
    if (name?.toLowerCase() === 'proto') hop.proto = value?.toLowerCase();
    if (end === ';') continue;
    hops.push(hop);
    hop = { address: undefined, proto: undefined };
    if (end === '') break;
  }
  return hops;
}

/** The address of a node (RFC 7239 §6), whose port does not matter. */
function addressOf(node: string): string | undefined {
  const [, v4, v6] = /^(?:(\d[\d.]*)|\[([0-9a-fA-F:.]+)\])(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(node) ?? [];
  if (v4 !== undefined && isIP(v4) === 4) return v4;
  return v6 !== undefined && isIP(v6) === 6 ? v6 : undefined;
}
