/// <reference path="./oidc-provider.d.ts" />
import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Provider from 'oidc-provider';

const CLIENT_ID = 'bisik-box';
let keys: { privateKey: KeyObject; publicKey: KeyObject } | undefined;

export type TestProvider = Awaited<ReturnType<typeof startProvider>>;

/**
 * A real provider on a free port, at which `person` logs in without a question; undefined: that person cancels. It sends
 * browsers back to `boxUrl`.
 */
export async function startProvider(boxUrl: string) {
  keys ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { privateKey, publicKey } = keys;
  const folder = mkdtempSync(join(tmpdir(), 'bisik-oidc-'));
  const secretFile = join(folder, 'secret');
  const state = {
    person: 'kartini' as string | undefined,
    /** Changes the answer of the token endpoint. */
    onToken: (answer: Record<string, unknown>) => answer,
    /** Answers instead of the provider. */
    instead: undefined as RequestListener | undefined,
    requests: [] as string[],
  };
  let listener: RequestListener = (_, response) => response.end();
  const server = createServer((request, response) => {
    state.requests.push(`${request.method} ${request.url}`);
    (state.instead ?? listener)(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const redirectUri = `${boxUrl}/api/auth/oidc/callback`;
  const secrets = { stored: '' };
  const configure = (secret: string) => {
    secrets.stored = secret;
    const provider = new Provider(issuer, {
      clients: [{ client_id: CLIENT_ID, client_secret: secret, redirect_uris: [redirectUri] }],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'one' }] },
      cookies: { keys: [randomBytes(16).toString('hex')] },
      features: { devInteractions: { enabled: false } },
      findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: async () => ({ sub }) }),
      interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
      ttl: { Session: 600, Interaction: 600, Grant: 600, IdToken: 600, AccessToken: 600 },
      async loadExistingGrant({ oidc }: { oidc: Parameters<Parameters<Provider['use']>[0]>[0]['oidc'] }) {
        const { clientId } = oidc.client;
        const grant = new oidc.provider.Grant({ clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope('openid');
        await grant.save();
        return grant;
      },
    });
    provider.use(async (ctx, next) => {
      await next();
      if (ctx.oidc?.route === 'token') ctx.body = state.onToken(ctx.body as Record<string, unknown>);
    });
    const answer = provider.callback();
    listener = (request, response) => {
      if (!request.url?.startsWith('/interaction/')) return answer(request, response);
      const { person } = state;
      const result = person ? { login: { accountId: person } } : { error: 'access_denied' };
      void provider.interactionFinished(request, response, result);
    };
  };
  /** Gives the box, and the provider, another secret. */
  const setSecret = (secret: string, ofBox = secret) => {
    configure(secret);
    writeFileSync(secretFile, `${ofBox}\n`);
  };
  setSecret('a-secret-of-the-provider');
  return Object.assign(state, {
    issuer,
    redirectUri,
    setSecret,
    env: {
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: CLIENT_ID,
      OIDC_CLIENT_SECRET_FILE: secretFile,
      OIDC_REDIRECT_URI: redirectUri,
      OIDC_NAME: 'Sekolah',
      OIDC_HOST: 'private',
    },
    /** The ID token of an answer with other claims, signed with the key of the provider, or with another key. */
    resign(answer: Record<string, unknown>, changes: object, key: KeyObject = privateKey) {
      const [head = '', payload = ''] = String(answer.id_token).split('.');
      const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...changes };
      const signed = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
      const signature = createSign('RSA-SHA256').update(signed).sign(key).toString('base64url');
      return { ...answer, id_token: `${signed}.${signature}` };
    },
    publicKey,
    async stop(): Promise<void> {
      rmSync(folder, { recursive: true });
      server.close();
      server.closeAllConnections();
    },
  });
}

/** A browser: it remembers the cookies of each host, and made a verifier. */
export class TestBrowser {
  readonly verifier = randomBytes(32).toString('base64url');
  private readonly cookies = new Map<string, Map<string, string>>();

  get challenge(): string {
    return createHash('sha256').update(this.verifier).digest('base64url');
  }

  /** Opens an address; returns the address of a redirect, or undefined. */
  async open(address: string): Promise<{ status: number; location: string | undefined; headers: Headers }> {
    const url = new URL(address);
    const jar = this.cookies.get(url.host) ?? new Map<string, string>();
    this.cookies.set(url.host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: cookie ? { cookie } : {} });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    await response.body?.cancel();
    const location = response.headers.get('location');
    const { status, headers } = response;
    return { status, headers, location: location === null ? undefined : new URL(location, url).href };
  }

  /** Follows redirects up to an address that matches, which is not opened. */
  async follow(address: string, until: RegExp): Promise<string> {
    for (let next = address, n = 0; n < 12; n++) {
      if (until.test(next)) return next;
      const { location, status } = await this.open(next);
      if (location === undefined) throw new Error(`no redirect at ${next}: ${status}`);
      next = location;
    }
    throw new Error(`no address matches ${until}`);
  }
}
