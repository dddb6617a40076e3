import { type KeyObject, randomBytes } from 'node:crypto';
import { secret } from './derive.ts';
import { DidNotOpen } from './errors.ts';
import { decryptGcm, encryptGcm, NONCE_BYTES } from './gcm.ts';
import type { Keyring } from './keyring.ts';
import { encodeFields, parseEnvelope, printEnvelope } from './seal.ts';
import type { FileBinding, Sealed } from './wire.ts';

const KEY_BYTES = 32;

/** A wrapped key as it arrived. */
type Unproven = Omit<Sealed, 'v'> & { v: number };

/** Creates the random key of a file, wrapped. */
export function newFileKey(keyring: Keyring, binding: FileBinding): Sealed {
  return wrapFileKey(keyring, secret(randomBytes(KEY_BYTES)), binding);
}

/** Wraps the key of a file with the key of its conversation under the newest data key. */
export function wrapFileKey(keyring: Keyring, fileKey: KeyObject, binding: FileBinding): Sealed {
  const kid = keyring.newest;
  const wrapping = keyring.keyFor(kid, binding.conversationId);
  if (wrapping === undefined) throw new Error('The keyring lacks its newest key.');
  const bytes = fileKey.export();
  const boxed = encryptGcm(wrapping, randomBytes(NONCE_BYTES), boundTo(kid, binding), bytes);
  bytes.fill(0);
  return { v: 1, kid, content: printEnvelope(boxed) };
}

/** The key of a file from its wrapped form. @throws DidNotOpen for every reason */
export function openFileKey(
  keyring: Keyring,
  { v, kid, content }: Unproven,
  binding: FileBinding,
): KeyObject {
  const wrapping = keyring.keyFor(kid, binding.conversationId);
  if (v !== 1 || wrapping === undefined) throw new DidNotOpen();
  const bytes = decryptGcm(wrapping, parseEnvelope(content), boundTo(kid, binding));
  if (bytes.length !== KEY_BYTES) throw new DidNotOpen();
  return secret(bytes);
}

function boundTo(kid: string, { fileId, conversationId, senderId }: FileBinding): Buffer {
  return encodeFields(['bisik/file-key/1', kid, fileId, conversationId, senderId]);
}
