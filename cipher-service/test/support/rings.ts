import { type Keyring, newDataKey, parseKeyring, printKeyring } from '../../src/keyring.ts';
import type { Binding, ProfileBinding } from '../../src/wire.ts';

export type DataKey = ReturnType<typeof newDataKey>;

export const newKey = (): DataKey => newDataKey(0);

/** The keyring of these data keys, parsed from the text of its file. */
export function ringOf(...keys: DataKey[]): Keyring {
  return parseKeyring(Buffer.from(printKeyring(keys)), 'keyring.json');
}

export const BINDING: Binding = {
  messageId: '7f8b3c52-6f0e-4c56-9d0c-5a1c3f3b2a10',
  conversationId: '0b9f1f5e-2d60-4a3c-8f0e-9c1d2e3f4a5b',
  senderId: '5d2c1b0a-9e8f-4d7c-a6b5-c4d3e2f1a0b9',
  timestamp: 1_763_640_000_000,
  edit: 0,
};

export const PROFILE: ProfileBinding = {
  userId: '5d2c1b0a-9e8f-4d7c-a6b5-c4d3e2f1a0b9',
  field: 'texts',
  edit: 1,
};
