import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readLegacy, readLegacyKey } from './legacy-cipher.ts';

const key = randomBytes(32);

function seal(text: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

describe('a content of the original', () => {
  it.each(['base64', 'hex'] as const)('opens from %s with its key, and is locked without', (form) => {
    const content = seal('Halo 👋').toString(form);
    expect(readLegacy(content, key)).toEqual({ fate: 'opened', text: 'Halo 👋' });
    expect(readLegacy(content, undefined)).toEqual({ fate: 'locked' });
    expect(readLegacy(content, randomBytes(32))).toEqual({ fate: 'locked' });
  });

  it('opens in upper-case hex, and even when it is an empty text', () => {
    expect(readLegacy(seal('').toString('hex').toUpperCase(), key)).toEqual({ fate: 'opened', text: '' });
  });

  it.each(['halo', 'aGFsbw==', 'YWJj', '', 'a8f9c2...[ENCRYPTED]', 'deadbeef', `${'A'.repeat(38)}B==`])(
    'is text when it is %j',
    (content) => {
      expect(readLegacy(content, key)).toEqual({ fate: 'plain', text: content });
    },
  );

  it('is taken for ciphertext when it has its form, as the samples of the report have', () => {
    for (const sample of [
      'mzAkz06+UB5bH45C698d/a5lN1fEDuR9JB8R9dmJTewPUvo38j8hyKoUAoCu',
      'XEmrHW3NNHtmuwCqr00dXUYHTvLoQJ9VTura0gOk0J704ASmswB/mlBj0lQ=',
    ]) {
      expect(readLegacy(sample, key)).toEqual({ fate: 'locked' });
    }
  });

  it('loses what no message may have', () => {
    expect(readLegacy('a\u0000b\ud800', key)).toEqual({ fate: 'plain', text: 'ab\ufffd' });
  });
});

describe('the legacy key', () => {
  it('comes as 32 bytes, 32 characters, base64 or hex, with or without a line feed', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz012345';
    expect(readLegacyKey(key)).toEqual(key);
    expect(readLegacyKey(Buffer.from(`${letters}\n`))).toEqual(Buffer.from(letters));
    expect(readLegacyKey(Buffer.from(`${key.toString('base64')}\n`))).toEqual(key);
    expect(readLegacyKey(Buffer.from(key.toString('hex')))).toEqual(key);
    expect(() => readLegacyKey(Buffer.from('short'))).toThrow('32 bytes');
  });
});
