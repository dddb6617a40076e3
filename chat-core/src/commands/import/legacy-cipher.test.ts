import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readLegacyContent, readLegacyKey } from './legacy-cipher.ts';

const key = randomBytes(32);

function seal(text: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

describe('the content of a row of the original', () => {
  it.each(['base64', 'hex'] as const)(
    'a legacy content opens from %s with its key, and is locked without',
    (form) => {
      const content = seal('Halo 👋').toString(form);
      expect(readLegacyContent(content, key)).toEqual({ form: 'opened', text: 'Halo 👋' });
      expect(readLegacyContent(content, undefined)).toEqual({ form: 'locked' });
      expect(readLegacyContent(content, randomBytes(32))).toEqual({ form: 'locked' });
    },
  );

  it('a legacy content opens from upper-case hex, also as an empty text', () => {
    expect(readLegacyContent(seal('').toString('hex').toUpperCase(), key)).toEqual({
      form: 'opened',
      text: '',
    });
  });

  it.each(['halo', 'aGFsbw==', 'YWJj', '', 'a8f9c2...[ENCRYPTED]', 'deadbeef', `${'A'.repeat(38)}B==`])(
    'the legacy content %j is text',
    (content) => {
      expect(readLegacyContent(content, key)).toEqual({ form: 'plain', text: content });
    },
  );

  it('a legacy content in the format of ciphertext counts as ciphertext, as do the samples of the report', () => {
    for (const sample of [
      'mzAkz06+UB5bH45C698d/a5lN1fEDuR9JB8R9dmJTewPUvo38j8hyKoUAoCu',
      'XEmrHW3NNHtmuwCqr00dXUYHTvLoQJ9VTura0gOk0J704ASmswB/mlBj0lQ=',
    ]) {
      expect(readLegacyContent(sample, key)).toEqual({ form: 'locked' });
    }
  });

  it('a legacy content loses characters that no message may contain', () => {
    expect(readLegacyContent('a\u0000b\ud800', key)).toEqual({ form: 'plain', text: 'ab\ufffd' });
  });
});

describe('the legacy key', () => {
  it('the legacy key is read as 32 bytes, 32 characters, base64 or hex, with or without a line feed', () => {
    const characters = 'abcdefghijklmnopqrstuvwxyz012345';
    expect(readLegacyKey(key)).toEqual(key);
    expect(readLegacyKey(Buffer.from(`${characters}\n`))).toEqual(Buffer.from(characters));
    expect(readLegacyKey(Buffer.from(`${key.toString('base64')}\n`))).toEqual(key);
    expect(readLegacyKey(Buffer.from(key.toString('hex')))).toEqual(key);
    expect(() => readLegacyKey(Buffer.from('short'))).toThrow('32 bytes');
  });
});
