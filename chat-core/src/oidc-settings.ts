import { z } from 'zod';
import { readSettingFile } from './setting-files.ts';

/** A provider of OpenID Connect by which people log in. */
export type OidcSettings = {
  issuer: string;
  clientId: string;
  /** The file with the secret that the provider gave to this box. */
  secretFile: string;
  /** Where the provider sends a browser back to, as it is registered there. */
  redirectUri: string;
  /** What the page calls the provider. */
  name: string;
  /** The provider may be at an address of this machine or of the home network. */
  isPrivate: boolean;
};

/** Where this API answers the browsers that a provider sends back. */
const CALLBACK = '/auth/oidc/callback';

/** An address without credentials, query and hash: https, or http on this machine. */
function isProviderAddress(text: string): boolean {
  const url = URL.parse(text);
  if (!url || /[?#\s]/.test(text) || url.username || url.password) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}

/** Whether a host of a URL is this machine. */
function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

const providerAddress = z.string().refine(isProviderAddress, 'takes an https address, without a query');

/** The variables, each by itself. */
export const OIDC_VARIABLES = {
  OIDC_ISSUER: providerAddress.optional(),
  // RFC 6749, appendix A.1.
  OIDC_CLIENT_ID: z
    .string()
    .max(1024, 'is too long')
    .regex(/^[!-~]+$/, 'takes the id that the provider shows, without spaces')
    .optional(),
  OIDC_CLIENT_SECRET_FILE: z.string().optional(),
  OIDC_REDIRECT_URI: providerAddress
    .refine(
      (text) => URL.parse(text)?.pathname.endsWith(CALLBACK),
      `takes an address that ends in ${CALLBACK}`,
    )
    .optional(),
  OIDC_NAME: z
    .string()
    .trim()
    .regex(/^[^\p{C}]{1,40}$/u, 'takes a name of up to 40 characters')
    .optional(),
  OIDC_HOST: z
    .enum(['public', 'private'], { error: 'knows only public, private in this version' })
    .default('public'),
};
const Variables = z.object(OIDC_VARIABLES);

/**
 * The settings that these variables make together; undefined when none is there.
 * @throws Error with a sentence that names the variable at fault
 */
export function readOidcSettings(
  is: z.infer<typeof Variables>,
  publicUrl: string | undefined,
): OidcSettings | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET_FILE: secretFile } = is;
  if (issuer === undefined) {
    const others = ['OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET_FILE', 'OIDC_REDIRECT_URI', 'OIDC_NAME'] as const;
    const given = others.find((name) => is[name] !== undefined);
    if (given) throw new Error(`The variable OIDC_ISSUER is needed with ${given}.`);
    return undefined;
  }
  if (clientId === undefined) throw new Error('The variable OIDC_CLIENT_ID is needed with OIDC_ISSUER.');
  if (secretFile === undefined)
    throw new Error('The variable OIDC_CLIENT_SECRET_FILE is needed with OIDC_ISSUER.');
  const redirectUri = is.OIDC_REDIRECT_URI ?? (publicUrl && `${publicUrl}/api${CALLBACK}`);
  if (redirectUri === undefined)
    throw new Error('The variable OIDC_REDIRECT_URI, or PUBLIC_URL, is needed with OIDC_ISSUER.');
  if (!isProviderAddress(redirectUri))
    throw new Error(
      'The variable PUBLIC_URL takes an https address with OIDC_ISSUER: no provider sends a browser back to another.',
    );
  const url = new URL(issuer);
  const isPrivate = is.OIDC_HOST === 'private';
  if (url.protocol === 'http:' && !isPrivate)
    throw new Error('The variable OIDC_ISSUER takes an https address; http only with OIDC_HOST=private.');
  return { issuer, clientId, secretFile, redirectUri, name: is.OIDC_NAME ?? url.hostname, isPrivate };
}

/**
 * The secret of this box at the provider, read anew each time: a changed file needs no restart.
 * @throws Error with a sentence that names the variable and the file
 */
export function readOidcSecret({ secretFile }: Pick<OidcSettings, 'secretFile'>): string {
  const secret = readSettingFile('OIDC_CLIENT_SECRET_FILE', secretFile);
  // RFC 6749, appendix A.2.
  if (!/^[ -~]+$/.test(secret))
    throw new Error(
      `The variable OIDC_CLIENT_SECRET_FILE: ${secretFile} must hold the secret of the provider, in ASCII.`,
    );
  return secret;
}
