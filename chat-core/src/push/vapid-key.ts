import { createECDH, createPublicKey } from 'node:crypto';
import { readKeyFile } from '../key-file.ts';

const CURVE = 'prime256v1';
const KEY_BYTES = 32;
const POINT_BYTES = 65;
const AUTH_BYTES = 16;

/** The key pair that identifies this service to push services (VAPID, RFC 8292), as base64url. */
export type PushKey = { publicKey: string; privateKey: string };

/** @throws Error when the bytes are no private key of P-256 */
export function pushKeyOf(secret: Buffer): PushKey {
  if (secret.length !== KEY_BYTES) {
    throw new Error(`The push key has ${secret.length} bytes instead of ${KEY_BYTES}.`);
  }
  const pair = createECDH(CURVE);
  pair.setPrivateKey(secret);
  return { publicKey: pair.getPublicKey('base64url'), privateKey: secret.toString('base64url') };
}

/** Reads `KEYS_DIR/core/push.key`. @throws with a sentence when it is missing or damaged. */
export function readPushKey(keysDir: string): PushKey {
  const secret = readKeyFile(keysDir, 'push.key');
  if (secret.length !== KEY_BYTES) {
    throw new Error(
      `KEYS_DIR ${keysDir}: core/push.key has ${secret.length} bytes instead of ${KEY_BYTES}: restore it from a backup, or remove it and start anew, and everybody turns on notifications again.`,
    );
  }
  return pushKeyOf(secret);
}

/** Whether these are valid keys of a browser: a point of P-256 and 16 bytes, as base64url. */
export function areBrowserKeys({ p256dh, auth }: { p256dh: string; auth: string }): boolean {
  const point = Buffer.from(p256dh, 'base64url');
  if (point.length !== POINT_BYTES || point.toString('base64url') !== p256dh) return false;
  const secret = Buffer.from(auth, 'base64url');
  if (secret.length !== AUTH_BYTES || secret.toString('base64url') !== auth) return false;
  if (point[0] !== 4) return false;
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
  try {
    createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
    return true;
  } catch {
    return false;
  }
}
