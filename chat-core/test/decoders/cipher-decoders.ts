import { decryptBatch, encryptBatch, resealBatch } from '../../../cipher-service/src/batch.ts';
import { openCounter, parsePositions } from '../../../cipher-service/src/counter.ts';
import { DidNotOpen, RequestRefused, StartRefused } from '../../../cipher-service/src/errors.ts';
import { CHUNK_BYTES, sealChunks } from '../../../cipher-service/src/file-chunks.ts';
import { newFileKey, openFileKey } from '../../../cipher-service/src/file-key.ts';
import { answerChunks, answerFileKey } from '../../../cipher-service/src/file-requests.ts';
import { newDataKey, parseKeyring, printKeyring } from '../../../cipher-service/src/keyring.ts';
import { open, parseEnvelope, printEnvelope, seal } from '../../../cipher-service/src/seal.ts';
import { openKeyring } from '../../../cipher-service/src/sealed-keyring.ts';
import type { Context, FileChunks } from '../../../cipher-service/src/wire.ts';
import { type Decoder, refused } from './fuzz.ts';

const TEXT = 'pisang goreng, dua ribu';
const dataKeys = [newDataKey(1), newDataKey(2)];
const file = Buffer.from(printKeyring(dataKeys));
const keyring = parseKeyring(Buffer.from(file), 'keyring.json');
const [kid = ''] = keyring.older;

const message: Context = {
  messageId: '7f8b3c52-6f0e-4c56-9d0c-5a1c3f3b2a10',
  conversationId: '0b9f1f5e-2d60-4a3c-8f0e-9c1d2e3f4a5b',
  senderId: '5d2c1b0a-9e8f-4d7c-a6b5-c4d3e2f1a0b9',
  timestamp: 1_763_640_000_000,
  edit: 0,
};
const profile: Context = { userId: message.senderId, field: 'texts', edit: 1 };
const binding = {
  fileId: '3a3f6ac5-6c0e-4f55-8ad1-0d8f33c6a1f7',
  conversationId: message.conversationId,
  senderId: message.senderId,
};
const sealed = [message, profile, binding].map((context) => ({ ...seal(keyring, TEXT, context), context }));
const fileKey = newFileKey(keyring, binding);
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const parse = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
};
const isRefused = (error: unknown) => error instanceof RequestRefused;
const isClosed = (error: unknown) => error instanceof DidNotOpen;

/** A request for chunks as one input: its header, a line feed, its bytes. */
const chunksOf = (index: number, isLast: boolean, bytes: Buffer) => {
  const header: FileChunks = { key: fileKey, binding, index, isLast };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), bytes]);
};
const askChunks = (what: 'seal' | 'open') => (input: Buffer) => {
  const end = input.indexOf(0x0a);
  const [header, bytes] =
    end < 0 ? [input, Buffer.alloc(0)] : [input.subarray(0, end), input.subarray(end + 1)];
  const half = Math.floor(bytes.length / 2);
  return answerChunks(keyring, what, header.toString('base64url'), [
    bytes.subarray(0, half),
    bytes.subarray(half),
  ]);
};
const sealedChunks = (index: number, isLast: boolean, size: number) =>
  sealChunks(
    openFileKey(keyring, fileKey, binding),
    { fileId: binding.fileId, index, isLast },
    Buffer.alloc(size, 7),
  );

/** Every decoder of cipher-service. */
export const CIPHER_DECODERS: Record<string, Decoder> = {
  'the base64 of an envelope': {
    examples: sealed.map(({ content }) => Buffer.from(content)),
    decode: (input) => {
      const text = input.toString('latin1');
      if (printEnvelope(parseEnvelope(text)) !== text) throw new Error('two texts are one envelope');
    },
    isRefusal: isClosed,
  },
  'a sealed text': {
    examples: sealed.map(json),
    decode: (input) => {
      const item = parse(input) as (typeof sealed)[number] | undefined;
      // What the service checks before.
      if (typeof item?.content !== 'string' || !sealed.some(({ context }) => same(context, item.context)))
        return refused;
      if (open(keyring, item, item.context) !== TEXT) throw new Error('it opens to another text');
      return undefined;
    },
    isRefusal: isClosed,
  },
  'a batch to seal': {
    examples: [json({ items: sealed.map(({ context }) => ({ text: TEXT, context })) })],
    decode: (input) => encryptBatch(keyring, parse(input)),
    isRefusal: isRefused,
  },
  'a batch to open': {
    examples: [json({ items: sealed }), json({ items: sealed.map((item) => ({ ...item, kid })) })],
    decode: (input) => {
      for (const item of decryptBatch(keyring, parse(input)).items)
        if ('text' in item && item.text !== TEXT) throw new Error('it opens to another text');
    },
    isRefusal: isRefused,
  },
  'a batch to reseal': {
    examples: [
      json({
        items: [
          ...sealed.map((item) => ({ ...item, isFileKey: false })),
          { ...fileKey, context: binding, isFileKey: true },
        ],
      }),
    ],
    decode: (input) => resealBatch(keyring, parse(input)),
    isRefusal: isRefused,
  },
  'a request for the key of a file': {
    examples: [json({ binding })],
    decode: (input) => answerFileKey(keyring, parse(input)),
    isRefusal: isRefused,
  },
  'chunks to seal': {
    examples: [chunksOf(0, true, Buffer.from(TEXT)), chunksOf(3, false, Buffer.alloc(CHUNK_BYTES, 5))],
    decode: askChunks('seal'),
    isRefusal: isRefused,
    oneOf: 10,
  },
  'chunks to open': {
    examples: [
      chunksOf(0, true, sealedChunks(0, true, 40)),
      chunksOf(3, false, sealedChunks(3, false, CHUNK_BYTES)),
    ],
    decode: (input) => {
      if (askChunks('open')(input).some((byte) => byte !== 7)) throw new Error('it opens to other bytes');
    },
    isRefusal: isRefused,
    oneOf: 10,
  },
  'a request to the counter': {
    examples: [json({ history: message.messageId })],
    decode: (input) => openCounter('/nowhere').read(parse(input)),
    isRefusal: isRefused,
  },
  'the file of the counter': {
    examples: [
      json({
        version: 1,
        histories: [
          [message.messageId, { revision: 7, code: 'a'.repeat(22) }],
          [message.senderId, null],
        ],
      }),
    ],
    decode: (input) => parsePositions(input, 'positions.json'),
    isRefusal: (error) => error instanceof StartRefused,
  },
  'a keyring file': {
    examples: [file, Buffer.from(printKeyring(dataKeys.slice(1)))],
    decode: (input) => parseKeyring(input, 'keyring.json'),
    isRefusal: (error) => error instanceof StartRefused,
  },
  // With a passphrase each input takes 0.1 s of scrypt: src/sealed-keyring.test.ts opens some.
  'a keyring file that a passphrase seals': {
    examples: [
      file,
      json({ version: 2, salt: Buffer.alloc(16, 1).toString('base64'), sealed: sealed[0]?.content }),
    ],
    decode: (input) => openKeyring(input, undefined, 'keyring.json'),
    isRefusal: (error) => error instanceof StartRefused,
  },
};

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
