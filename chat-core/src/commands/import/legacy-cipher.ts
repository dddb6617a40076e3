import { createDecipheriv } from 'node:crypto';
import { withoutControls } from '../../wire/text.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a legacy row's content is, and its text where it can be read. */
export type LegacyContent = { form: 'plain' | 'opened'; text: string } | { form: 'locked' };

/**
 * Reads a content of the original project. Ciphertext is what its cipher wrote: canonical base64 (its sample), or hex
 * (its report), of at least a nonce and a tag. Anything else is text its fail-open left. A short text like `aGFsbw==`
 * is text; a text that happens to be 28 or more bytes in canonical base64 or hex is taken for ciphertext.
 */
export function readLegacyContent(content: string, key: Buffer | undefined): LegacyContent {
  const sealed = sealedBytes(content);
  if (!sealed) return { form: 'plain', text: withoutControls(content.toWellFormed()) };
  const text = key && open(sealed, key);
  return text === undefined ? { form: 'locked' } : { form: 'opened', text: withoutControls(text) };
}

/** A key of 32 bytes from a file's content: 32 characters as they are, base64 or hex. @throws a sentence */
export function readLegacyKey(file: Buffer): Buffer {
  if (file.length === 32) return file;
  const text = file.toString('utf8').trim();
  const key = text.length === 32 ? Buffer.from(text) : bytesOf(text);
  if (key?.length !== 32) throw new Error('The legacy key has 32 bytes: as they are, in base64 or in hex.');
  return key;
}

function sealedBytes(content: string): Buffer | undefined {
  const bytes = bytesOf(content);
  return bytes && bytes.length >= NONCE_BYTES + TAG_BYTES ? bytes : undefined;
}

/** Hex first: every hex text whose length divides by 4 is canonical base64 too, and next to no base64 is hex. */
function bytesOf(text: string): Buffer | undefined {
  return canonical(text, 'hex') ?? canonical(text, 'base64');
}

function canonical(text: string, form: 'base64' | 'hex'): Buffer | undefined {
  const written = form === 'hex' ? text.toLowerCase() : text;
  const bytes = Buffer.from(written, form);
  return bytes.toString(form) === written ? bytes : undefined;
}

/** AES-256-GCM, nonce ‖ ciphertext ‖ tag, no additional data; undefined when it does not open to text. */
function open(sealed: Buffer, key: Buffer): string | undefined {
  const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  cipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const bytes = Buffer.concat([cipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), cipher.final()]);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
