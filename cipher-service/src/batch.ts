import { DidNotOpen, RequestRefused } from './errors.ts';
import { openFileKey, wrapFileKey } from './file-key.ts';
import type { Keyring } from './keyring.ts';
import { open, seal, TEXT_BYTES } from './seal.ts';
import { exactly, isCount, listOf } from './shape.ts';
import type {
  Binding,
  DecryptAnswer,
  DecryptItem,
  EncryptAnswer,
  EncryptItem,
  FileBinding,
  ItemError,
  ProfileBinding,
  ResealAnswer,
  ResealItem,
  Sealed,
} from './wire.ts';

const MAX_ITEMS = 200;

const isText = (value: unknown) => typeof value === 'string';
const isId = (value: unknown) =>
  typeof value === 'string' && value.length >= 1 && value.length <= 128 && value.isWellFormed();
const isBinding = exactly<Binding>({
  messageId: isId,
  conversationId: isId,
  senderId: isId,
  timestamp: isCount,
  edit: isCount,
});
const isProfileBinding = exactly<ProfileBinding>({ userId: isId, field: isId, edit: isCount });
export const isFileBinding = exactly<FileBinding>({ fileId: isId, conversationId: isId, senderId: isId });
const isContext = (value: unknown) => isBinding(value) || isProfileBinding(value) || isFileBinding(value);
const isEncryptItem = exactly<EncryptItem>({
  text: (text) => typeof text === 'string' && text.isWellFormed() && Buffer.byteLength(text) <= TEXT_BYTES,
  context: isContext,
});
// Only the types of v, kid and content are checked: any other wrong value gets the one answer that it did not open.
type AnyDecryptItem = Omit<DecryptItem, 'v'> & { v: number };
const isDecryptItem = exactly<AnyDecryptItem>({
  v: Number.isFinite,
  kid: isText,
  content: isText,
  context: isContext,
});
const isResealItem = exactly<Omit<ResealItem, 'v'> & { v: number }>({
  v: Number.isFinite,
  kid: isText,
  content: isText,
  context: isContext,
  isFileKey: (value) => typeof value === 'boolean',
});
const isAnything = (_item: unknown): _item is unknown => true;
const isBatch = exactly<{ items: unknown[] }>({ items: listOf(isAnything, 1, MAX_ITEMS) });

const INVALID_ENCRYPT: ItemError = {
  error: 'An item to seal has a well-formed text of at most 16 KiB and its context.',
  code: 'INVALID_ITEM',
};
const INVALID_DECRYPT: ItemError = {
  error: 'An item to open has v, kid, content and its context.',
  code: 'INVALID_ITEM',
};

/** Seals every item of a parsed body. @throws RequestRefused INVALID_REQUEST when it is no batch */
export function encryptBatch(keyring: Keyring, body: unknown): EncryptAnswer {
  return {
    items: itemsOf(body).map((item) =>
      isEncryptItem(item) ? seal(keyring, item.text, item.context) : INVALID_ENCRYPT,
    ),
  };
}

/** Opens every item of a parsed body. @throws RequestRefused INVALID_REQUEST when it is no batch */
export function decryptBatch(keyring: Keyring, body: unknown): DecryptAnswer {
  return {
    items: itemsOf(body).map((item) => (isDecryptItem(item) ? openItem(keyring, item) : INVALID_DECRYPT)),
  };
}

/**
 * Opens every item of a parsed body and seals it again with the newest data key: the texts stay in this process.
 * @throws RequestRefused INVALID_REQUEST when it is no batch
 */
export function resealBatch(keyring: Keyring, body: unknown): ResealAnswer {
  return {
    items: itemsOf(body).map((item) => (isResealItem(item) ? resealItem(keyring, item) : INVALID_DECRYPT)),
  };
}

function resealItem(
  keyring: Keyring,
  { isFileKey, context, ...sealed }: Omit<ResealItem, 'v'> & { v: number },
): Sealed | ItemError {
  try {
    if (!isFileKey) return seal(keyring, open(keyring, sealed, context), context);
    if (!('fileId' in context)) return INVALID_DECRYPT;
    return wrapFileKey(keyring, openFileKey(keyring, sealed, context), context);
  } catch (error) {
    if (error instanceof DidNotOpen) return { error: error.message, code: 'DID_NOT_OPEN' };
    throw error;
  }
}

function openItem(keyring: Keyring, item: AnyDecryptItem): { text: string } | ItemError {
  try {
    return { text: open(keyring, item, item.context) };
  } catch (error) {
    if (error instanceof DidNotOpen) return { error: error.message, code: 'DID_NOT_OPEN' };
    throw error;
  }
}

function itemsOf(body: unknown): unknown[] {
  if (!isBatch(body)) throw new RequestRefused('INVALID_REQUEST');
  return body.items;
}
