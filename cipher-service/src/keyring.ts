import { createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { commitment, conversationKey, profileKey, secret } from './derive.ts';
import { StartRefused } from './errors.ts';
import { Lru } from './lru.ts';
import { exactly, isCount, listOf } from './shape.ts';

const MAX_DERIVED_KEYS = 1_000;

/** A data key in the keyring file: key and commitment are base64 of 32 bytes, `created` is in epoch milliseconds. */
type DataKey = { kid: string; key: string; created: number; commitment: string };

const isBytes32 = (text: unknown) => {
  if (typeof text !== 'string') return false;
  const bytes = Buffer.from(text, 'base64');
  const holds = bytes.length === 32 && bytes.toString('base64') === text;
  bytes.fill(0);
  return holds;
};
const isDataKey = exactly<DataKey>({
  kid: (kid) => typeof kid === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(kid),
  key: isBytes32,
  created: isCount,
  commitment: isBytes32,
});
const isKeyringFile = exactly<{ version: 1; keys: DataKey[] }>({
  version: (version) => version === 1,
  keys: listOf(isDataKey, 1, Number.POSITIVE_INFINITY),
});

/** The data keys of this box, and the keys derived from them. */
export type Keyring = {
  /** The kid of the data key that seals: the last in the file. */
  newest: string;
  /** The kids of the keys before it, which only open. */
  older: readonly string[];
  /** The key of a conversation under the data key `kid`; undefined when there is no such data key. */
  keyFor(kid: string, conversationId: string): KeyObject | undefined;
  /** The key of a person's profile under the data key `kid`; undefined when there is no such data key. */
  profileKeyFor(kid: string, userId: string): KeyObject | undefined;
};

/** Creates a data key with a random kid. */
export function newDataKey(created: number): DataKey {
  const kid = randomBytes(8).toString('hex');
  const bytes = randomBytes(32);
  const proof = commitment(createSecretKey(bytes), kid).toString('base64');
  return { kid, key: bytes.toString('base64'), created, commitment: proof };
}

/** The text of a keyring file. */
export function printKeyring(keys: DataKey[]): string {
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
    const dataKey = secret(Buffer.from(key, 'base64'));
    if (dataKeys.has(kid)) throw new StartRefused(`${file} names the key ${kid} twice.`);
    if (!timingSafeEqual(commitment(dataKey, kid), Buffer.from(expected, 'base64')))
      throw new StartRefused(`${file} holds another key under ${kid} than the one made with that name.`);
    dataKeys.set(kid, dataKey);
  }
  const derived = new Lru<KeyObject>(MAX_DERIVED_KEYS);
  // A kid never contains a space, so that no two pairs have the same cache key.
  const take = (kid: string, name: string, make: (dataKey: KeyObject) => KeyObject) => {
    const dataKey = dataKeys.get(kid);
    return dataKey && derived.take(`${kid} ${name}`, () => make(dataKey));
  };
  const kids = [...dataKeys.keys()];
  return {
    newest: kids.at(-1) ?? '',
    older: kids.slice(0, -1),
    keyFor: (kid, conversationId) =>
      take(kid, `conversation ${conversationId}`, (dataKey) => conversationKey(dataKey, kid, conversationId)),
    profileKeyFor: (kid, userId) =>
      take(kid, `profile ${userId}`, (dataKey) => profileKey(dataKey, kid, userId)),
  };
}

/** The text of a keyring file with one more data key, which becomes the newest. @throws StartRefused when it is damaged */
export function withNewKey(bytes: Buffer, file: string, created: number): string {
  return printKeyring([...readKeys(bytes, file), newDataKey(created)]);
}

/** The text of a keyring file with its newest data key alone. @throws StartRefused when it is damaged */
export function withNewestKey(bytes: Buffer, file: string): string {
  return printKeyring(readKeys(bytes, file).slice(-1));
}

/** The names of the data keys in a keyring file, and when each was created. @throws StartRefused when it is damaged */
export function listKeys(bytes: Buffer, file: string): Pick<DataKey, 'kid' | 'created'>[] {
  return readKeys(bytes, file).map(({ kid, created }) => ({ kid, created }));
}

function readKeys(bytes: Buffer, file: string): DataKey[] {
  let read: unknown;
  try {
    read = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The message of the error may quote the file, which contains keys: it is dropped.
  }
  if (isKeyringFile(read)) return read.keys;
  throw new StartRefused(`${file} is damaged: it does not read as a keyring. Restore it from a backup.`);
}
