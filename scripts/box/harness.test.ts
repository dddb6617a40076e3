import { expect, test } from 'vitest';
import { retry } from './harness.ts';

/** An attempt that fails with these messages, one after the other, then succeeds. */
function failing(...messages: string[]) {
  let count = 0;
  const attempt = async () => {
    const message = messages[count++];
    if (message !== undefined) throw new Error(message);
    return 'done';
  };
  return { attempt, attempts: () => count };
}

test('a build that the registry failed is retried, with at most three attempts in all', async () => {
  const reset = 'npm error code ECONNRESET';
  const twice = failing(reset, reset);
  expect(await retry(twice.attempt, () => {}, 0)).toBe('done');
  const always = failing(reset, reset, reset, reset);
  await expect(retry(always.attempt, () => {}, 0)).rejects.toThrow(reset);
  expect(always.attempts()).toBe(3);
});

test('a failure of the product is never retried', async () => {
  for (const message of [
    'send: 503 {"code":"CIPHER_UNAVAILABLE"}',
    'Could not resolve "./keys/gone.ts" from "src/main.ts"',
    'docker compose build: exit code 1',
    'The service ended before it listened.',
  ]) {
    const broken = failing(message);
    await expect(retry(broken.attempt, () => {}, 0)).rejects.toThrow(message);
    expect([message, broken.attempts()]).toEqual([message, 1]);
  }
});
