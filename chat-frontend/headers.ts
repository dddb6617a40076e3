import type { Plugin } from 'vite';

type Header = { key: string; value: string };
type Rule = { source: string; headers: Header[] };

const YEAR_S = 365 * 24 * 60 * 60;

/**
 * Checks the URL of the API for which the page is built, such as `https://chat.example.org/api`, and removes slashes at
 * its end. Unset means the page's own origin.
 * @throws Error that names the variable
 */
export function checkApiBase(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  const invalid = (why: string) => new Error(`API_BASE ${why}: ${JSON.stringify(value)}`);
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol)) throw invalid('must be an http or https address');
  if (value.includes('?') || value.includes('#')) throw invalid('must have no query or hash');
  if (url.username || url.password) throw invalid('must hold no credentials');
  return value.replace(/\/+$/, '');
}

/**
 * Headers of every page (security.md §3.3). HSTS only where the URL of the API is built in, that is on a CDN: the core
 * itself may serve the page over plain http at home. For the same reason there is no `upgrade-insecure-requests`.
 */
export function pageHeaders(apiBase: string | undefined): Header[] {
  const connect = apiBase ? `'self' ${new URL(apiBase).origin}` : "'self'";
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    // Pictures of messages are fetched with the token.
    "img-src 'self' data: blob:",
    "font-src 'self'",
    // Voice messages are played from memory, larger media from their signed address.
    `media-src blob: ${connect}`,
    "manifest-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types bisik-worker',
  ];
  return [
    { key: 'Content-Security-Policy', value: policy.join('; ') },
    { key: 'X-Content-Type-Options', value: 'nosniff' },
    { key: 'X-Frame-Options', value: 'DENY' },
    { key: 'Referrer-Policy', value: 'no-referrer' },
    { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
    {
      key: 'Permissions-Policy',
      value: 'camera=(self), microphone=(self), geolocation=(), payment=(), usb=(), browsing-topics=()',
    },
    ...(apiBase ? [{ key: 'Strict-Transport-Security', value: `max-age=${YEAR_S}; includeSubDomains` }] : []),
  ];
}

const revalidated: Header = { key: 'Cache-Control', value: 'no-cache' };
const immutable: Header = { key: 'Cache-Control', value: `public, max-age=${YEAR_S}, immutable` };

/** For Vercel, and for chat-core: the header of a later rule replaces an earlier one's. */
export function vercelFile(apiBase: string | undefined): string {
  const headers: Rule[] = [
    { source: '/(.*)', headers: [...pageHeaders(apiBase), revalidated] },
    { source: '/assets/(.*)', headers: [immutable] },
  ];
  return `${JSON.stringify({ headers }, null, 2)}\n`;
}

/** For Netlify and Cloudflare Pages, which join the values of matching rules: no header appears in two of them. */
export function headersFile(apiBase: string | undefined): string {
  const rule = (path: string, headers: Header[]) =>
    [path, ...headers.map(({ key, value }) => `  ${key}: ${value}`)].join('\n');
  const rules = [
    rule('/*', pageHeaders(apiBase)),
    rule('/', [revalidated]),
    rule('/index.html', [revalidated]),
    rule('/sw.js', [revalidated]),
    rule('/manifest.webmanifest', [revalidated]),
    rule('/assets/*', [immutable]),
  ];
  return `${rules.join('\n\n')}\n`;
}

/** Writes both files into the build. */
export function writeHeaders(apiBase: string | undefined): Plugin {
  return {
    name: 'bisik-headers',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'vercel.json', source: vercelFile(apiBase) });
      this.emitFile({ type: 'asset', fileName: '_headers', source: headersFile(apiBase) });
    },
  };
}
