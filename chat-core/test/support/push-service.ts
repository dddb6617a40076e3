import { createDecipheriv, createECDH, hkdfSync, randomBytes, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { issueAuthority, issueServer, newPrivateKey } from '../../../cipher-service/src/pki.ts';
import { createPushClient, type SendPush } from '../../src/push/push-client.ts';
import type { PushPayload, PushSubscribe } from '../../src/wire/wire.ts';

/** A request to the push service, with its body still encrypted. */
export type Arrived = { path: string; headers: Record<string, string>; body: Buffer };

/** A browser with a push subscription; `open` decrypts the body of a push to it by RFC 8291. */
export function newBrowser(name = 'one') {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  const auth = randomBytes(16);
  const path = `/push/${name}`;
  const subscription: PushSubscribe = {
    endpoint: `https://localhost.push.example.org${path}`,
    keys: { p256dh: pair.getPublicKey('base64url'), auth: auth.toString('base64url') },
  };

  function open(body: Buffer): PushPayload {
    const salt = body.subarray(0, 16);
    const idLength = body[20] ?? 0;
    const sender = body.subarray(21, 21 + idLength);
    const sealed = body.subarray(21 + idLength);
    const expand = (key: Buffer, from: Buffer, info: Buffer, length: number) =>
      Buffer.from(hkdfSync('sha256', key, from, info, length));
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), pair.getPublicKey(), sender]);
    const secret = expand(pair.computeSecret(sender), auth, info, 32);
    const key = expand(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
    const nonce = expand(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
    const cipher = createDecipheriv('aes-128-gcm', key, nonce);
    cipher.setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
    return JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString()) as PushPayload;
  }

  return { path, subscription, open };
}

/** The key and the claims of a VAPID header (RFC 8292). @throws when the key it names did not sign it */
export function vapidOf(authorization: string): { key: string; claims: Record<string, unknown> } {
  const [, token = '', key = ''] = /^vapid t=([^,]+), k=(\S+)$/.exec(authorization) ?? [];
  const [head = '', body = '', signature = ''] = token.split('.');
  const point = Buffer.from(key, 'base64url');
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
  const jwk = { key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk', dsaEncoding: 'ieee-p1363' } as const;
  if (!verify('sha256', Buffer.from(`${head}.${body}`), jwk, Buffer.from(signature, 'base64url'))) {
    throw new Error('the signature is not by the key');
  }
  return { key, claims: JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown> };
}

/**
 * A push service on this machine, over real TLS. `send` is the push client of the product, for which the loopback
 * address is allowed.
 */
export async function startPushService() {
  const authority = await newPrivateKey();
  const ca = issueAuthority(authority);
  const key = await newPrivateKey();
  const arrived: Arrived[] = [];
  const answers = new Map<string, { status: number; headers?: Record<string, string> }>();
  const waiting: { count: number; done: () => void }[] = [];

  const server = createServer({ key, cert: issueServer(authority, key) }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    arrived.push({ path, headers: request.headers as Record<string, string>, body: Buffer.concat(chunks) });
    const { status, headers = {} } = answers.get(path) ?? { status: 201 };
    response.writeHead(status, headers).end('not read');
    for (const { count, done } of waiting) if (arrived.length >= count) done();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const reach = createPushClient({
    resolve: async () => ['127.0.0.1'],
    isAllowed: (address) => address === '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    ca,
  });
  // The certificate of the service is for localhost.
  const send: SendPush = (push) =>
    reach({ ...push, endpoint: push.endpoint.replace('localhost.push.example.org', 'localhost') });

  return {
    send,
    ca,
    port: (server.address() as AddressInfo).port,
    arrived,
    answer: (path: string, status: number, headers?: Record<string, string>) =>
      answers.set(path, { status, ...(headers && { headers }) }),
    /** Clears the received pushes and the configured answers. */
    forget(): void {
      arrived.length = 0;
      answers.clear();
    },
    /** Resolves when `count` pushes have arrived in all. */
    come: (count: number) =>
      new Promise<void>((done) => {
        if (arrived.length >= count) done();
        else waiting.push({ count, done });
      }),
    async stop(): Promise<void> {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
