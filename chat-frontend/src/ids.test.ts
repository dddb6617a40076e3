import { expect, test } from 'vitest';
import { newId } from './ids.ts';

const V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('newId creates a random UUID where the browser has no randomUUID, as on a plain-http LAN address', () => {
  const plain = { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes) };
  const ids = Array.from({ length: 200 }, () => newId(plain));
  for (const id of ids) expect(id).toMatch(V4);
  expect(new Set(ids).size).toBe(200);
});

test('newId uses randomUUID where it exists', () => {
  expect(newId()).toMatch(V4);
  expect(newId({ randomUUID: () => 'own', getRandomValues: () => undefined })).toBe('own');
});
