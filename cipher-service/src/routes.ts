import { decryptBatch, encryptBatch } from './batch.ts';
import type { Keyring } from './keyring.ts';
import type { Health } from './wire.ts';

/** `answer` gets the parsed JSON body of a POST, undefined for a GET. */
export type Route = { method: 'GET' | 'POST'; path: string; answer: (body: unknown) => object };

/** Everything this service answers. */
export function routesOf(keyring: Keyring): Route[] {
  return [
    { method: 'POST', path: '/encrypt', answer: (body) => encryptBatch(keyring, body) },
    { method: 'POST', path: '/decrypt', answer: (body) => decryptBatch(keyring, body) },
    { method: 'GET', path: '/health', answer: () => ({ status: 'ready' }) satisfies Health },
  ];
}
