import { z } from 'zod';
import { TEXT_BYTES } from './envelope.ts';
import { DidNotOpen, RequestRefused } from './errors.ts';
import type { Keyring } from './keyring.ts';
import { open, seal } from './seal.ts';
import type { DecryptAnswer, EncryptAnswer, ItemError } from './wire.ts';

const MOST_ITEMS = 200;

const Id = z
  .string()
  .min(1)
  .max(128)
  .refine((id) => id.isWellFormed());
const Count = z.int().nonnegative();
const Context = z.union([
  z.strictObject({ messageId: Id, conversationId: Id, senderId: Id, timestamp: Count, edit: Count }),
  z.strictObject({ userId: Id, field: Id, edit: Count }),
]);
const Text = z.string().refine((text) => text.isWellFormed() && Buffer.byteLength(text) <= TEXT_BYTES);
const EncryptItem = z.strictObject({ text: Text, context: Context });
// Only types are asked of v, kid and content: a value that is off has one answer, that it did not open.
const DecryptItem = z.strictObject({ v: z.number(), kid: z.string(), content: z.string(), context: Context });
const Batch = z.strictObject({ items: z.array(z.unknown()).min(1).max(MOST_ITEMS) });

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
    items: itemsOf(body).map((item) => {
      const { data } = EncryptItem.safeParse(item);
      return data ? seal(keyring, data.text, data.context) : INVALID_ENCRYPT;
    }),
  };
}

/** Opens every item of a parsed body. @throws RequestRefused INVALID_REQUEST when it is no batch */
export function decryptBatch(keyring: Keyring, body: unknown): DecryptAnswer {
  return {
    items: itemsOf(body).map((item) => {
      const { data } = DecryptItem.safeParse(item);
      return data ? openItem(keyring, data) : INVALID_DECRYPT;
    }),
  };
}

function openItem(keyring: Keyring, item: z.output<typeof DecryptItem>): { text: string } | ItemError {
  try {
    return { text: open(keyring, item, item.context) };
  } catch (error) {
    if (error instanceof DidNotOpen) return { error: error.message, code: 'DID_NOT_OPEN' };
    throw error;
  }
}

function itemsOf(body: unknown): unknown[] {
  const { data } = Batch.safeParse(body);
  if (data === undefined) throw new RequestRefused('INVALID_REQUEST');
  return data.items;
}
