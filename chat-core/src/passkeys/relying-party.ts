import { isIP } from 'node:net';
import type { Config } from '../config.ts';

/** For whom passkeys are: the name they are bound to (RP ID), and the origins whose pages may use them. */
export type RelyingParty = { id: string; origins: string[] };

/**
 * The relying party of a box: the name of its page, which is PUBLIC_URL, or the only one of CORS_ORIGINS. Pages on this
 * name or on names below it may use its passkeys (WebAuthn Level 3 §5.1.3). Undefined where browsers allow none: for an
 * address in place of a name, and without https, which is needed except for localhost.
 */
export function relyingPartyOf({
  publicUrl,
  corsOrigins,
}: Pick<Config, 'publicUrl' | 'corsOrigins'>): RelyingParty | undefined {
  const [only] = corsOrigins.size === 1 ? corsOrigins : [];
  const page = publicUrl ?? only;
  if (page === undefined || !isSecure(page)) return undefined;
  const id = new URL(page).hostname;
  const isBelow = (origin: string) => {
    const { hostname } = new URL(origin);
    return hostname === id || hostname.endsWith(`.${id}`);
  };
  const others = [...corsOrigins].filter((origin) => origin !== page && isSecure(origin) && isBelow(origin));
  return { id, origins: [page, ...others] };
}

function isSecure(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  if (hostname === 'localhost') return true;
  return protocol === 'https:' && hostname.includes('.') && isIP(hostname) === 0;
}
