import { createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { commitment, conversationKey, profileKey, secret } from './derive.ts';
import { StartRefused } from './errors.ts';
import { Lru } from './lru.ts';

const MOST_DERIVED_KEYS = 1_000;

const Bytes32 = z
  .base64()
  .transform((text) => ({ text, bytes: Buffer.from(text, 'base64') }))
  .refine(({ text, bytes }) => bytes.length === 32 && bytes.toString('base64') === text)
  .transform(({ bytes }) => bytes);

const DataKey = z.strictObject({
  kid: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  key: Bytes32,
  /** Epoch milliseconds. */
  created: z.int().nonnegative(),
  commitment: Bytes32,
});

const KeyringFile = z.strictObject({ version: z.literal(1), keys: z.array(DataKey).min(1) });

/** The data keys of this box, and the keys derived from them. */
export type Keyring = {
  /** The kid that seals: the last of the file. */
  newest: string;
  /** The key of a conversation under the data key `kid`; undefined when that data key is not here. */
  keyFor(kid: string, conversationId: string): KeyObject | undefined;
  /** The key of a person's profile; undefined as above. */
  profileKeyFor(kid: string, userId: string): KeyObject | undefined;
};

/** A new data key as the keyring file holds it: kid, key and commitment; `created` in epoch milliseconds. */
export function newDataKey(created: number): z.input<typeof DataKey> {
  const kid = randomBytes(8).toString('hex');
  const bytes = randomBytes(32);
  const proof = commitment(createSecretKey(bytes), kid).toString('base64');
  return { kid, key: bytes.toString('base64'), created, commitment: proof };
}

/** The text of a keyring file; the last key seals. */
export function printKeyring(keys: z.input<typeof DataKey>[]): string {
  return `${JSON.stringify({ version: 1, keys }, null, 2)}\n`;
}

/**
 * Reads the bytes of a keyring file.
 * @param file the file's name, for the sentence of a refusal
 * @throws StartRefused when it is damaged, names a key twice, or a key does not match its commitment
 */
export function parseKeyring(bytes: Buffer, file: string): Keyring {
  const dataKeys = new Map<string, KeyObject>();
  for (const { kid, key, commitment: expected } of readKeys(bytes, file)) {
    const dataKey = secret(key);
    if (dataKeys.has(kid)) throw new StartRefused(`${file} names the key ${kid} twice.`);
    if (!timingSafeEqual(commitment(dataKey, kid), expected))
      throw new StartRefused(`${file} holds another key under ${kid} than the one made with that name.`);
    dataKeys.set(kid, dataKey);
  }
  const derived = new Lru<KeyObject>(MOST_DERIVED_KEYS);
  // A kid never holds a space, so no two pairs share a name.
  const take = (kid: string, name: string, make: (dataKey: KeyObject) => KeyObject) => {
    const dataKey = dataKeys.get(kid);
    return dataKey && derived.take(`${kid} ${name}`, () => make(dataKey));
  };
  return {
    newest: [...dataKeys.keys()].at(-1) ?? '',
    keyFor: (kid, conversationId) =>
      take(kid, `conversation ${conversationId}`, (dataKey) => conversationKey(dataKey, kid, conversationId)),
    profileKeyFor: (kid, userId) =>
      take(kid, `profile ${userId}`, (dataKey) => profileKey(dataKey, kid, userId)),
  };
}

function readKeys(bytes: Buffer, file: string): z.output<typeof DataKey>[] {
  try {
    return KeyringFile.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))).keys;
  } catch {
    // The reason may quote the file, and the file holds keys.
    throw new StartRefused(`${file} is damaged: it does not read as a keyring. Restore it from a backup.`);
  }
}
