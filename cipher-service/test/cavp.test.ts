import { createDecipheriv, createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DidNotOpen } from '../src/errors.ts';
import { decryptGcm, encryptGcm } from '../src/gcm.ts';

/** A case of NIST’s Cryptographic Algorithm Validation Program, with the sizes of its group in bits. */
type Case = {
  name: string;
  ivBits: number;
  tagBits: number;
  key: Buffer;
  iv: Buffer;
  aad: Buffer;
  tag: Buffer;
  ciphertext: Buffer;
  /** undefined where decryption has to fail. */
  plaintext: Buffer | undefined;
};

/** With the variable CAVP_DIR the complete files of NIST are read from there, else the part of them that is here. */
const COMPLETE = process.env.CAVP_DIR;
const OURS = 375;
const OTHERS = COMPLETE ? 7875 - OURS : 20;

/** Reads a file of NIST in its own format. */
function readCases(name: string): Case[] {
  const here = fileURLToPath(new URL(`cavp/${name}.gz`, import.meta.url));
  const text = COMPLETE ? readFileSync(join(COMPLETE, name)) : gunzipSync(readFileSync(here));
  return text
    .toString()
    .split('[Keylen = 256]')
    .slice(1)
    .flatMap((group) => {
      const size = (of: string) => Number(new RegExp(`\\[${of} = (\\d+)\\]`).exec(group)?.[1]);
      return group
        .split('Count = ')
        .slice(1)
        .map((lines) => {
          const hex = (of: string) =>
            Buffer.from(new RegExp(`${of} = ?([0-9a-f]*)`).exec(lines)?.[1] ?? '', 'hex');
          return {
            name: `${name}, IV ${size('IVlen')}, tag ${size('Taglen')}, count ${Number.parseInt(lines, 10)}`,
            ivBits: size('IVlen'),
            tagBits: size('Taglen'),
            key: hex('Key'),
            iv: hex('IV'),
            aad: hex('AAD'),
            tag: hex('Tag'),
            ciphertext: hex('CT'),
            plaintext: lines.includes('FAIL') ? undefined : hex('PT'),
          };
        });
    });
}

const isOurs = ({ ivBits, tagBits }: Case) => ivBits === 96 && tagBits === 128;

function open({ key, iv, aad, tag, ciphertext }: Case): Buffer | undefined {
  try {
    return decryptGcm(createSecretKey(key), { nonce: iv, ciphertext, tag }, aad);
  } catch (error) {
    expect(error).toBeInstanceOf(DidNotOpen);
    return undefined;
  }
}

/** Opens a case of any sizes with node:crypto alone. */
function openWithNode({ key, iv, aad, tag, ciphertext }: Case): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tag.length });
  decipher.setAAD(aad).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    return undefined;
  }
}

test('every NIST case of AES-256-GCM with our sizes opens or is refused as specified', () => {
  const cases = readCases('gcmDecrypt256.rsp').filter(isOurs);
  expect(cases.length).toBe(OURS);
  for (const one of cases) expect([one.name, open(one)]).toEqual([one.name, one.plaintext]);
  expect(cases.filter(({ plaintext }) => !plaintext).length).toBeGreaterThan(100);
});

test('every NIST case of AES-256-GCM with our nonce is sealed as specified, and its tag is never shortened', () => {
  const cases = readCases('gcmEncryptExtIV256.rsp').filter(({ ivBits }) => ivBits === 96);
  expect(cases.filter(isOurs).length).toBe(OURS);
  for (const { name, key, iv, aad, ciphertext, tag, plaintext = expect.fail() } of cases) {
    const sealed = encryptGcm(createSecretKey(key), iv, aad, plaintext);
    const start = sealed.tag.subarray(0, tag.length);
    expect([name, sealed.ciphertext, start, sealed.tag.length]).toEqual([name, ciphertext, tag, 16]);
  }
});

test('NIST cases with another nonce or a shorter tag are refused, though node:crypto opens them', () => {
  const cases = readCases('gcmDecrypt256.rsp').filter((one) => !isOurs(one));
  expect(cases.length).toBe(OTHERS);
  for (const one of cases) {
    expect([one.name, openWithNode(one)]).toEqual([one.name, one.plaintext]);
    expect([one.name, open(one)]).toEqual([one.name, undefined]);
  }
  const sealed = readCases('gcmEncryptExtIV256.rsp').filter(({ ivBits }) => ivBits !== 96);
  for (const { key, iv, aad, plaintext = expect.fail() } of sealed)
    expect(() => encryptGcm(createSecretKey(key), iv, aad, plaintext)).toThrow(RangeError);
});
