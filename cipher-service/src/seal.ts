import { type KeyObject, randomBytes } from 'node:crypto';
import { additionalData } from './binding.ts';
import { parseEnvelope, printEnvelope } from './envelope.ts';
import { DidNotOpen } from './errors.ts';
import { decryptGcm, encryptGcm, NONCE_BYTES } from './gcm.ts';
import type { Keyring } from './keyring.ts';
import type { Context, Sealed } from './wire.ts';

/** ignoreBOM keeps a leading U+FEFF, which is part of the text. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Seals a well-formed text under the newest data key, tied to its binding, with a random nonce.
 * A key per conversation, or per person, stays far below the 2^32 random nonces that SP 800-38D §8.3 allows one key.
 */
export function seal(keyring: Keyring, text: string, context: Context): Sealed {
  const kid = keyring.newest;
  const key = keyOf(keyring, kid, context);
  if (key === undefined) throw new Error('The keyring lacks its newest key.');
  const boxed = encryptGcm(
    key,
    randomBytes(NONCE_BYTES),
    additionalData(kid, context),
    Buffer.from(text, 'utf8'),
  );
  return { v: 1, kid, content: printEnvelope(boxed) };
}

/**
 * The text that was sealed with exactly this binding. The kid alone picks the key; no other is tried.
 * @throws DidNotOpen for every reason alike
 */
export function open(
  keyring: Keyring,
  sealed: { v: number; kid: string; content: string },
  context: Context,
): string {
  const key = keyOf(keyring, sealed.kid, context);
  if (sealed.v !== 1 || key === undefined) throw new DidNotOpen();
  const plaintext = decryptGcm(key, parseEnvelope(sealed.content), additionalData(sealed.kid, context));
  try {
    return utf8.decode(plaintext);
  } catch {
    throw new DidNotOpen();
  }
}

function keyOf(keyring: Keyring, kid: string, context: Context): KeyObject | undefined {
  return 'userId' in context
    ? keyring.profileKeyFor(kid, context.userId)
    : keyring.keyFor(kid, context.conversationId);
}
