import { isIP } from 'node:net';
import { z } from 'zod';
import {
  type BucketSettings,
  FILES_VARIABLES,
  type FilesSettings,
  readBucketVariables,
  readFilesSettings,
} from './files-settings.ts';
import { OIDC_VARIABLES, type OidcSettings, readOidcSettings } from './oidc-settings.ts';
import { RATE_NAMES, type Rate, type RateName, readRates } from './rates.ts';
import { readSettings } from './setting-files.ts';
import { readWatchingSettings, WATCHING_VARIABLES, type WatchingSettings } from './watching-settings.ts';

const MB = 2 ** 20;
/** One of several cores: a load balancer that checks every 2 s sends nothing there any more after three checks. */
const SHARED_DRAIN_S = 10;

/** The headers by which a proxy may name the client: Cloudflare's, the usual one, and that of RFC 7239. */
const CLIENT_IP_HEADERS = ['CF-Connecting-IP', 'X-Forwarded-For', 'Forwarded'] as const;
export type ClientIpHeader = (typeof CLIENT_IP_HEADERS)[number];
/** A network (CIDR) of proxies, and the header in which these name the client. */
export type TrustedProxy = { network: string; header: ClientIpHeader };

const number = (what: string, max: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, `is not ${what}`)
    .transform(Number)
    .refine((value) => value <= max, `is not ${what}`);
const megabytes = z
  .string()
  .regex(/^\d{1,9}$/, 'is not a number of MB')
  .transform(Number);
const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `knows only ${values.join(', ')} in this version` });
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
/** The origin of a URL, as browsers write it; undefined where the URL has more than an origin. */
function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  const isOrigin = url?.pathname === '/' && url.search + url.hash + url.username + url.password === '';
  return url && isOrigin && /^https?:$/.test(url.protocol) ? url.origin : undefined;
}
const isOrigin = (text: string) => originOf(text) !== undefined;

const Variables = z.object({
  PORT: number('a port', 65_535).default(8080),
  HOST: z.string().min(1, 'is empty').default('127.0.0.1'),
  CIPHER_PORT: number('a port', 65_535).default(8443),
  CIPHER_HOST: z.string().min(1, 'is empty').default('127.0.0.1'),
  CIPHER_URL: z.url({ protocol: /^https$/, error: 'is not an https address' }).optional(),
  DATA_DIR: z.string().min(1, 'is empty').default('./data'),
  DATABASE_URL: z.string().min(1, 'is empty').optional(),
  ...FILES_VARIABLES,
  KEYS_DIR: z.string().min(1, 'is empty').default('./keys'),
  KEYRING_PASSPHRASE_FILE: z.string().optional(),
  KEYRING_PASSPHRASE_SAME_DEVICE: z.string().optional(),
  FRONTEND_DIR: z.string().min(1, 'is empty').optional(),
  CORS_ORIGINS: list
    .refine((all) => all.every(isOrigin), 'takes origins such as https://chat.example.org, without a path')
    .transform((all) => all.flatMap((text) => originOf(text) ?? []))
    .default([]),
  TRUSTED_PROXIES: list
    .refine(
      (all) => all.every(isProxy),
      `takes networks such as 172.30.0.2/32, each alone or with the header that it sets: 127.0.0.1/32=X-Forwarded-For (${CLIENT_IP_HEADERS.join(', ')})`,
    )
    .default([]),
  CLIENT_IP_HEADER: choice(CLIENT_IP_HEADERS).default('CF-Connecting-IP'),
  REGISTRATION: choice(['open', 'invite', 'closed']).default('open'),
  PUBLIC_URL: z
    .string()
    .refine(
      isOrigin,
      'takes an address such as https://chat.example.org, without a path: Bisik needs a name of its own',
    )
    .transform((text) => originOf(text))
    .optional(),
  ALLOWED_HOSTS: list
    .transform((all) => all.map((name) => name.toLowerCase()))
    .refine((all) => all.every((name) => /^[a-z0-9._-]+$/.test(name)), 'takes names such as chat.example.org')
    .default([]),
  ...OIDC_VARIABLES,
  ...WATCHING_VARIABLES,
  FRIENDSHIP: choice(['instant', 'request']).default('instant'),
  SECOND_FACTOR: choice(['optional', 'owners', 'required']).default('optional'),
  RATE_LIMITS: z
    .string()
    .refine(
      (text) => readRates(text) !== undefined,
      `takes on, off, or limits such as logins=60/600 (${RATE_NAMES})`,
    )
    .default('on'),
  PUSH_CONTACT: z
    .string()
    .regex(/^(mailto:[^@\s]+@[^@\s]+\.[^@\s]+|https:\/\/[^\s]+)$/, 'takes a mailto: or https: address')
    .default('mailto:bisik@example.org'),
  PUSH_HOSTS: list
    .refine(
      (all) =>
        String(all) === 'any' ||
        all.every((name) => /^(known|(\*\.)?([a-z0-9-]+\.)+[a-z][a-z0-9-]+)$/.test(name)),
      'takes any, or known and hosts such as push.example.org or *.push.example.org',
    )
    .transform((all) => (String(all) === 'any' ? [] : all))
    .default(['known']),
  API_DOCS: choice(['on', 'off']).default('on'),
  PLAINTEXT_CACHE: choice(['on', 'off']).default('on'),
  LOG_LEVEL: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  EDIT_MINUTES: number('a number of minutes', 99_999).default(15),
  RETENTION_DAYS: number('a number of days up to 36500', 36_500).default(0),
  SESSION_DAYS: number('a number of days from 1 to 365', 365)
    .refine((days) => days >= 1, 'is not a number of days from 1 to 365')
    .default(180),
  GROUP_LIMIT: number('a number of members up to 256', 256).default(64),
  DRAIN_SECONDS: number('a number of seconds up to 300', 300).optional(),
  MAX_HELD_POLLS: number('a number of polls up to 4000', 4000).default(2000),
  MAX_FILE_MB: number('a number of MB up to 2000', 2000).default(25),
  QUOTA_PERSON_MB: megabytes.default(1024),
  QUOTA_BOX_MB: megabytes.default(0),
});

export type Config = {
  port: number;
  host: string;
  cipherUrl: string;
  dataDir: string;
  /** The address of a PostgreSQL that several cores share, and the place of files that they share; undefined: LowDB in `dataDir`. */
  shared: { databaseUrl: string; files: FilesSettings } | undefined;
  keysDir: string;
  /** Settings that a cipher-service needs which a command starts. */
  cipherEnv: Record<string, string>;
  frontendDir: string | undefined;
  corsOrigins: ReadonlySet<string>;
  trustedProxies: TrustedProxy[];
  registration: 'open' | 'invite' | 'closed';
  /** The address of the page, for links in the output of commands. */
  publicUrl: string | undefined;
  /** Names of this box besides that of `publicUrl`, in lower case. */
  allowedHosts: string[];
  /** undefined: no one logs in by a provider. */
  oidc: OidcSettings | undefined;
  friendship: 'instant' | 'request';
  /** `required`: a login without a second factor may only set one up; `owners`: of an owner of the box. */
  secondFactor: 'optional' | 'owners' | 'required';
  /** undefined: no limits, for tests. */
  rates: Record<RateName, Rate> | undefined;
  /** The contact of this server's operator, for the operators of push services. */
  pushContact: string;
  /** The only hosts that pushes are sent to; empty: every public host. */
  pushHosts: string[];
  apiDocs: boolean;
  plaintextCache: boolean;
  /** Milliseconds in which a message may be edited after it was sent. */
  editMs: number;
  /** Days after which every message of the box expires; 0: never. */
  retentionDays: number;
  /** Milliseconds after its login in which a session ends, however often it is used. */
  maxSessionMs: number;
  /** Members of one group. */
  groupLimit: number;
  /** How long a process that stops still answers everything, so that a load balancer notices, in milliseconds. */
  drainMs: number;
  /** Long polls held at once. */
  maxHeldPolls: number;
  /** The size of one file, and of all files of a person and of the box; a box quota of 0 is none. */
  fileQuotas: { maxFileBytes: number; personBytes: number; boxBytes: number };
  logLevel: string;
  watching: WatchingSettings;
};

/** Reads the variables of design §3; each may also be a file: `<name>_FILE`. @throws Error with one sentence that names the variable at fault. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const read = Variables.safeParse(readSettings(env, Object.keys(Variables.shape)));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new Error(`The variable ${issue?.path.join('.')} ${issue?.message}.`);
  }
  const is = read.data;
  const files = readFilesSettings(is, {
    dataDir: is.DATA_DIR,
    isShared: is.DATABASE_URL !== undefined,
  });
  return {
    port: is.PORT,
    host: is.HOST,
    cipherUrl: is.CIPHER_URL ?? `https://${reachable(is.CIPHER_HOST)}:${is.CIPHER_PORT}`,
    dataDir: is.DATA_DIR,
    shared: is.DATABASE_URL ? { databaseUrl: is.DATABASE_URL, files } : undefined,
    keysDir: is.KEYS_DIR,
    cipherEnv: {
      ...(is.KEYRING_PASSPHRASE_FILE && { KEYRING_PASSPHRASE_FILE: is.KEYRING_PASSPHRASE_FILE }),
      ...(is.KEYRING_PASSPHRASE_SAME_DEVICE && {
        KEYRING_PASSPHRASE_SAME_DEVICE: is.KEYRING_PASSPHRASE_SAME_DEVICE,
      }),
    },
    frontendDir: is.FRONTEND_DIR,
    corsOrigins: new Set(is.CORS_ORIGINS),
    trustedProxies: is.TRUSTED_PROXIES.map((text) => {
      const [network = '', name] = text.split('=');
      return { network, header: headerNamed(name) ?? is.CLIENT_IP_HEADER };
    }),
    registration: is.REGISTRATION,
    publicUrl: is.PUBLIC_URL,
    allowedHosts: is.ALLOWED_HOSTS,
    oidc: readOidcSettings(is, is.PUBLIC_URL),
    friendship: is.FRIENDSHIP,
    secondFactor: is.SECOND_FACTOR,
    rates: readRates(is.RATE_LIMITS) ?? undefined,
    pushContact: is.PUSH_CONTACT,
    pushHosts: is.PUSH_HOSTS,
    apiDocs: is.API_DOCS === 'on',
    plaintextCache: is.PLAINTEXT_CACHE === 'on',
    editMs: is.EDIT_MINUTES * 60_000,
    retentionDays: is.RETENTION_DAYS,
    maxSessionMs: is.SESSION_DAYS * 24 * 3600 * 1000,
    groupLimit: is.GROUP_LIMIT,
    drainMs: 1000 * (is.DRAIN_SECONDS ?? (is.DATABASE_URL ? SHARED_DRAIN_S : 0)),
    maxHeldPolls: is.MAX_HELD_POLLS,
    fileQuotas: {
      maxFileBytes: is.MAX_FILE_MB * MB,
      personBytes: is.QUOTA_PERSON_MB * MB,
      boxBytes: is.QUOTA_BOX_MB * MB,
    },
    logLevel: is.LOG_LEVEL,
    watching: readWatchingSettings(is),
  };
}

/**
 * The bucket of an address that an option names, with the variables FILES_S3_*.
 * @throws Error with one sentence that names the variable at fault
 */
export function readBucketConfig(url: string, env: NodeJS.ProcessEnv = process.env): BucketSettings {
  return readBucketVariables(url, env);
}

/** The host by which a server that listens on `host` is reached from its own machine, as written in a URL. */
export function reachable(host: string): string {
  const address = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return isIP(address) === 6 ? `[${address}]` : address;
}

/** A network, alone or as `network=header`. */
function isProxy(text: string): boolean {
  const [network = '', name, ...more] = text.split('=');
  return isCidr(network) && more.length === 0 && (name === undefined || headerNamed(name) !== undefined);
}

/** Names of headers are the same in any case. */
function headerNamed(name: string | undefined): ClientIpHeader | undefined {
  return CLIENT_IP_HEADERS.find((one) => one.toLowerCase() === name?.trim().toLowerCase());
}

function isCidr(text: string): boolean {
  const [address = '', prefix = '', ...more] = text.split('/');
  const bits = { 4: 32, 6: 128 }[isIP(address)];
  return bits !== undefined && more.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
}
