import type {
  DecryptAnswer,
  DecryptItem,
  EncryptAnswer,
  EncryptItem,
  ResealAnswer,
} from '../../../cipher-service/src/wire.ts';
import { ApiError } from '../errors.ts';
import { watchKeys } from '../key-watch.ts';
import type { Log } from '../log.ts';
import { createBatcher } from './batcher.ts';
import { CipherCalls } from './call.ts';
import { type Cipher, type Context, hasSealedForm, type Keys, type Sealed } from './cipher.ts';
import type { CipherStats } from './cipher-stats.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';
import { openFileCipher } from './file-client.ts';
import { readTls, TLS_FILES } from './tls.ts';

/** What an item costs cipher-service besides its text, in bytes. */
const ITEM_BYTES = 512;
/** Together with the wait in the queue, a send is refused within 3 s. */
const TIMEOUT_MS = 1400;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_CONNECTIONS = 4;
/** Calls that open texts at once: while cipher-service works on one, this process reads the answer of the other. */
const MAX_OPENS = 2;
const NONCE_AND_TAG_BYTES = 28;
/** Transfers have connections of their own, few, so that texts never wait behind files. */
const MAX_FILE_CONNECTIONS = 2;

/**
 * Calls cipher-service over mutual TLS 1.3 with `KEYS_DIR/core/{ca,client,client.key}.pem`: one keep-alive
 * connection or two for each kind of call, in micro-batches. It fails closed: whatever is not a whole, well-formed response is
 * CIPHER_UNAVAILABLE. @throws when the key files are missing
 */
export function openCipher(url: string, keysDir: string, log: Log, stats?: CipherStats): Cipher {
  const tls = readTls(keysDir);
  const calls = new CipherCalls(url, tls, MAX_CONNECTIONS, stats);
  const fileCalls = new CipherCalls(url, tls, MAX_FILE_CONNECTIONS, stats);
  const endWatch = watchKeys(
    keysDir,
    TLS_FILES,
    () => {
      const changed = readTls(keysDir);
      for (const one of [calls, fileCalls]) one.use(changed);
    },
    log,
  );
  const files = openFileCipher(fileCalls);
  const breaker = createCircuitBreaker();
  const fetch = async (path: string, items?: unknown[]): Promise<string> => {
    log.debug({ path, items: items?.length }, 'asking cipher-service');
    const answer = await calls.call({
      path,
      ...(items && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ items }) }),
      timeoutMs: TIMEOUT_MS,
      maxAnswerBytes: MAX_ANSWER_BYTES,
    });
    return answer.toString();
  };
  const call = async <Answer>(path: string, items: unknown[]): Promise<Answer[]> =>
    readItems(await fetch(path, items), items.length);
  // Each has connections of its own: a text to be sealed never waits behind more than two calls that open some.
  const seals = createBatcher<EncryptItem, EncryptAnswer['items'][number]>(
    (items) => breaker(() => call('/encrypt', items)),
    ({ text }) => ITEM_BYTES + text.length,
  );
  const opens = createBatcher<DecryptItem, DecryptAnswer['items'][number]>(
    (items) => breaker(() => call('/decrypt', items)),
    ({ content }) => ITEM_BYTES + content.length,
    MAX_OPENS,
  );
  return {
    seal: async (text, context) => {
      const [sealed] = await seals.request([{ text, context }], { accountId: authorOf(context) });
      if (!isSealed(sealed, text)) throw unavailable();
      return { v: sealed.v, kid: sealed.kid, content: sealed.content };
    },
    openMany: async (rows, requester) => {
      const items = await opens.request(
        rows.map(({ sealed, binding }) => ({ ...sealed, context: binding })),
        requester,
      );
      return items.map(readOpened);
    },
    newFileKey: (binding) => breaker(() => files.newFileKey(binding)),
    sealChunks: (chunks, plain) => breaker(() => files.sealChunks(chunks, plain)),
    openChunks: (chunks, sealed) => breaker(() => files.openChunks(chunks, sealed)),
    keys: async () => readKeys(await breaker(() => fetch('/keys'))),
    resealMany: async (rows) => {
      const items = rows.map(({ sealed, binding, isFileKey }) => ({
        ...sealed,
        context: binding,
        isFileKey,
      }));
      const resealed = await breaker(() => call<ResealAnswer['items'][number]>('/reseal', items));
      return resealed.map((item, index) => readResealed(item, rows[index]?.sealed));
    },
    forget: () => {},
    load: () => Math.max(seals.load(), opens.load()),
    isUp: () =>
      fetch('/health').then(
        () => true,
        () => false,
      ),
    close: () => {
      endWatch();
      calls.close();
      fileCalls.close();
    },
  };
}

/** The account that writes a text, or for a text of a group its conversation. */
function authorOf(context: Context): string {
  return 'senderId' in context ? context.senderId : context.userId;
}

/** Whether an item has the form of a ciphertext and the length that this text requires; anything else is never stored. */
function isSealed(item: unknown, text: string): item is Sealed {
  return isCiphertext(item, NONCE_AND_TAG_BYTES + Buffer.byteLength(text));
}

function isCiphertext(item: unknown, size: number): item is Sealed {
  if (!hasSealedForm(item)) return false;
  const bytes = Buffer.from(item.content, 'base64');
  return bytes.length === size && bytes.toString('base64') === item.content;
}

/** A ciphertext that was sealed again, undefined where it did not open. @throws ApiError CIPHER_UNAVAILABLE for anything else */
function readResealed(item: unknown, before: Sealed | undefined): Sealed | undefined {
  const size = Buffer.from(before?.content ?? '', 'base64').length;
  if (isCiphertext(item, size)) return { v: item.v, kid: item.kid, content: item.content };
  if (hasNotOpened(item)) return undefined;
  throw unavailable();
}

function readKeys(text: string): Keys {
  let read: Partial<Keys> = {};
  try {
    read = JSON.parse(text);
  } catch {
    // Refused below.
  }
  const { newest, older } = read;
  if (typeof newest !== 'string' || !Array.isArray(older)) throw unavailable();
  return { newest, older: older.filter((kid) => typeof kid === 'string') };
}

/** The text of an opened row, undefined where it did not open. @throws ApiError CIPHER_UNAVAILABLE for anything else */
function readOpened(item: unknown): string | undefined {
  const { text } = (item ?? {}) as Record<string, unknown>;
  if (typeof text === 'string') return text;
  if (hasNotOpened(item)) return undefined;
  throw unavailable();
}

function hasNotOpened(item: unknown): boolean {
  const { code } = (item ?? {}) as Record<string, unknown>;
  return code === 'DID_NOT_OPEN' || code === 'INVALID_ITEM';
}

/** The items of a response. @throws without quoting the response, which may contain texts */
function readItems<Answer>(text: string, count: number): Answer[] {
  let items: unknown;
  try {
    items = JSON.parse(text).items;
  } catch {
    throw new Error('the answer is not JSON');
  }
  if (!Array.isArray(items) || items.length !== count) throw new Error('the answer is not whole');
  return items;
}

function unavailable(): ApiError {
  return new ApiError('CIPHER_UNAVAILABLE', { retryAfter: 2 });
}
