import { createSecretKey, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { oracleKey } from '../test/support/oracle.ts';
import { newKey, ringOf } from '../test/support/rings.ts';
import { commitment } from './derive.ts';
import { StartRefused } from './errors.ts';
import { parseKeyring, printKeyring } from './keyring.ts';

const parse = (text: string | Buffer) => parseKeyring(Buffer.from(text), 'keys/cipher/keyring.json');

test('the last data key of the file is the newest, and every data key derives the keys of its conversations', () => {
  const [older, newer] = [newKey(), newKey()];
  const ring = ringOf(older, newer);
  expect(ring.newest).toBe(newer.kid);
  for (const { kid, key } of [older, newer]) {
    const expected = oracleKey(Buffer.from(key, 'base64'), kid, 'c');
    expect(ring.keyFor(kid, 'c')?.export()).toEqual(expected);
  }
  expect(ring.keyFor('unknown', 'c')).toBeUndefined();
  expect(ring.keyFor('__proto__', 'c')).toBeUndefined();
});

test('a data key that replaces another is refused, with or without its commitment', () => {
  const [a, b] = [newKey(), newKey()];
  expect(() => ringOf(a, b)).not.toThrow();
  expect(() => ringOf({ ...a, key: b.key }, b)).toThrow(/another key under/);
  expect(() =>
    ringOf({ ...a, key: b.key, commitment: b.commitment }, { ...b, key: a.key, commitment: a.commitment }),
  ).toThrow(/another key under/);
  expect(() => ringOf({ ...a, commitment: randomBytes(32).toString('base64') })).toThrow(/another key under/);
});

test('the commitment of a new data key is that of its key and kid', () => {
  const { kid, key, commitment: stored } = newKey();
  expect(commitment(createSecretKey(key, 'base64'), kid).toString('base64')).toBe(stored);
});

test('a kid named twice is refused', () => {
  const key = newKey();
  expect(() => ringOf(key, key)).toThrow(/twice/);
});

test('every damaged keyring is refused by a sentence that names the file and quotes nothing of it', () => {
  const key = newKey();
  const whole = printKeyring([key]);
  const damaged: (string | Buffer)[] = [
    '',
    '{',
    'null',
    '[]',
    '{"version":1,"keys":[]}',
    whole.slice(0, -10),
    whole.replace('"version": 1', '"version": 2'),
    whole.replace('"created"', '"made"'),
    printKeyring([{ ...key, key: Buffer.alloc(31).toString('base64') }]),
    printKeyring([{ ...key, key: `${key.key} ` }]),
    printKeyring([{ ...key, kid: 'a b' }]),
    printKeyring([{ ...key, kid: '' }]),
    printKeyring([{ ...key, created: -1 }]),
    whole.replace('"kid"', '"extra": 1, "kid"'),
    Buffer.concat([Buffer.from(whole), Buffer.of(0xff)]),
  ];
  for (const text of damaged) {
    expect(() => parse(text), String(text)).toThrow(StartRefused);
    expect(() => parse(text)).toThrow(/^keys\/cipher\/keyring\.json is damaged: [^:]*$/);
  }
});
