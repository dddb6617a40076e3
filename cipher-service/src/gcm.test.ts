import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { oracleEncrypt } from '../test/support/oracle.ts';
import { readVectors } from '../test/support/vectors.ts';
import { DidNotOpen } from './errors.ts';
import { decryptGcm, encryptGcm } from './gcm.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

const KEY = 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308';
const NONCE = 'cafebabefacedbaddecaf888';
const PLAINTEXT =
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255';
const CIPHERTEXT =
  '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad';

/** McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B. */
const SPECIFICATION = [
  {
    name: '13',
    key: '00'.repeat(32),
    nonce: '00'.repeat(12),
    aad: '',
    plaintext: '',
    ciphertext: '',
    tag: '530f8afbc74536b9a963b4f1c4cb738b',
  },
  {
    name: '14',
    key: '00'.repeat(32),
    nonce: '00'.repeat(12),
    aad: '',
    plaintext: '00'.repeat(16),
    ciphertext: 'cea7403d4d606b6e074ec5d3baf39d18',
    tag: 'd0d1c8a799996bf0265b98b5d48ab919',
  },
  {
    name: '15',
    key: KEY,
    nonce: NONCE,
    aad: '',
    plaintext: PLAINTEXT,
    ciphertext: CIPHERTEXT,
    tag: 'b094dac5d93471bdec1a502270e3cc6c',
  },
  {
    name: '16',
    key: KEY,
    nonce: NONCE,
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    plaintext: PLAINTEXT.slice(0, 120),
    ciphertext: CIPHERTEXT.slice(0, 120),
    tag: '76fc6ece0f4e1768cddf8853bb2d551b',
  },
];

describe('the known answers of the GCM specification', () => {
  test.each(SPECIFICATION)(
    'test case $name of the GCM specification encrypts and decrypts as specified',
    ({ key, nonce, aad, plaintext, ciphertext, tag }) => {
      const secret = createSecretKey(hex(key));
      const boxed = encryptGcm(secret, hex(nonce), hex(aad), hex(plaintext));
      expect(boxed.ciphertext.toString('hex')).toBe(ciphertext);
      expect(boxed.tag.toString('hex')).toBe(tag);
      expect(decryptGcm(secret, boxed, hex(aad)).toString('hex')).toBe(plaintext);
      expect(oracleEncrypt(hex(key), hex(nonce), hex(aad), hex(plaintext)).toString('hex')).toBe(
        ciphertext + tag,
      );
    },
  );
});

const Vectors = z.object({
  testGroups: z.array(
    z.object({
      ivSize: z.number(),
      keySize: z.number(),
      tagSize: z.number(),
      tests: z.array(
        z.object({
          tcId: z.number(),
          key: z.string(),
          iv: z.string(),
          aad: z.string(),
          msg: z.string(),
          ct: z.string(),
          tag: z.string(),
          result: z.enum(['valid', 'invalid']),
        }),
      ),
    }),
  ),
});

test('every Wycheproof case of our sizes is accepted or refused as specified, and other sizes of nonces and keys are refused', () => {
  let [all, ours] = [0, 0];
  for (const { ivSize, keySize, tests } of Vectors.parse(readVectors('aes_gcm_test.json')).testGroups)
    for (const { tcId, key, iv, aad, msg, ct, tag, result } of tests) {
      all += 1;
      const secret = createSecretKey(hex(key));
      const boxed = { nonce: hex(iv), ciphertext: hex(ct), tag: hex(tag) };
      if (keySize !== 256) {
        expect(() => decryptGcm(secret, boxed, hex(aad)), `case ${tcId}`).toThrow();
        expect(() => encryptGcm(secret, hex(iv), hex(aad), hex(msg)), `case ${tcId}`).toThrow();
        continue;
      }
      const opens = ivSize === 96 && result === 'valid';
      expect(opened(secret, boxed, hex(aad)), `case ${tcId}`).toBe(opens ? msg : undefined);
      if (ivSize !== 96) continue;
      ours += 1;
      const sealed = encryptGcm(secret, hex(iv), hex(aad), hex(msg));
      const same = sealed.ciphertext.equals(hex(ct)) && sealed.tag.equals(hex(tag));
      expect(same, `case ${tcId}`).toBe(result === 'valid');
    }
  expect([all, ours]).toEqual([316, 66]);
});

test('a tag truncated to a length that node:crypto accepts is refused', () => {
  const key = createSecretKey(randomBytes(32));
  const boxed = encryptGcm(key, randomBytes(12), Buffer.alloc(0), Buffer.from('halo'));
  expect(opened(key, boxed, Buffer.alloc(0))).toBe(Buffer.from('halo').toString('hex'));
  for (const length of [0, 4, 8, 12, 13, 14, 15])
    expect(opened(key, { ...boxed, tag: boxed.tag.subarray(0, length) }, Buffer.alloc(0))).toBeUndefined();
});

test('encryption with a nonce of another length than 12 bytes is an error', () => {
  const key = createSecretKey(randomBytes(32));
  for (const length of [0, 8, 11, 13, 16])
    expect(() => encryptGcm(key, Buffer.alloc(length), Buffer.alloc(0), Buffer.alloc(1))).toThrow(RangeError);
});

function opened(key: KeyObject, boxed: Parameters<typeof decryptGcm>[1], aad: Buffer): string | undefined {
  try {
    return decryptGcm(key, boxed, aad).toString('hex');
  } catch (error) {
    expect(error).toBeInstanceOf(DidNotOpen);
    return undefined;
  }
}
