import { createECDH } from 'node:crypto';
import { expect, test } from 'vitest';
import { areBrowserKeys, pushKeyOf } from './vapid-key.ts';

test('the public key is derived from the private one', () => {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  const secret = Buffer.from(pair.getPrivateKey('hex').padStart(64, '0'), 'hex');
  expect(pushKeyOf(secret)).toEqual({
    publicKey: pair.getPublicKey('base64url'),
    privateKey: secret.toString('base64url'),
  });
  expect(() => pushKeyOf(secret.subarray(1))).toThrow('31 bytes');
  expect(() => pushKeyOf(Buffer.alloc(32))).toThrow();
});

test('only a point of the curve and sixteen bytes are accepted as keys of a browser', () => {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  const point = pair.getPublicKey();
  const auth = Buffer.alloc(16, 1).toString('base64url');
  const p256dh = point.toString('base64url');
  expect(areBrowserKeys({ p256dh, auth })).toBe(true);

  const off = Buffer.from(point);
  off[64] = (off[64] ?? 0) ^ 1;
  const wrong = [
    off.toString('base64url'),
    point.toString('base64'),
    pair.getPublicKey('base64url', 'compressed'),
    Buffer.alloc(65, 4).toString('base64url'),
    Buffer.alloc(65).toString('base64url'),
    `${p256dh}=`,
    '',
  ];
  for (const other of wrong) expect([other, areBrowserKeys({ p256dh: other, auth })]).toEqual([other, false]);
  for (const other of ['', 'AAAA', `${auth}AA`, `${auth}==`]) {
    expect([other, areBrowserKeys({ p256dh, auth: other })]).toEqual([other, false]);
  }
});
