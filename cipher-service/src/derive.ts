import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

const KEY_BYTES = 32;

/** HKDF-SHA-256 (RFC 5869). */
export function hkdfSha256(ikm: KeyObject, salt: Buffer, info: Buffer, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', ikm, salt, info, bytes));
}

/** The AES-256 key of one conversation under one data key. */
export function conversationKey(dataKey: KeyObject, kid: string, conversationId: string): KeyObject {
  return secret(derive(dataKey, kid, `bisik/conversation/1${conversationId}`));
}

/** The AES-256 key of one person's profile under one data key. */
export function profileKey(dataKey: KeyObject, kid: string, userId: string): KeyObject {
  return secret(derive(dataKey, kid, `bisik/profile/1${userId}`));
}

/**
 * The commitment that binds a kid to its data key. AES-GCM does not commit to a key: a ciphertext can decrypt under two.
 * (USENIX Security 2022, "How to Abuse and Fix Authenticated Encryption Without Key Commitment".)
 */
export function commitment(dataKey: KeyObject, kid: string): Buffer {
  return derive(dataKey, kid, 'bisik/commitment/1');
}

/** Creates a key object of these bytes and zero-fills them. */
export function secret(bytes: Buffer): KeyObject {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

function derive(dataKey: KeyObject, kid: string, info: string): Buffer {
  return hkdfSha256(dataKey, Buffer.from(kid, 'utf8'), Buffer.from(info, 'utf8'), KEY_BYTES);
}
