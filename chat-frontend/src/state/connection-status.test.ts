import { expect, test } from 'vitest';
import { ApiError, type ApiErrorCode } from '../api/api-error.ts';
import {
  type ConnectionStatus,
  connectionOf,
  connectionOfPending,
  HOPS,
  hopsOf,
} from './connection-status.ts';

test.each<[ApiErrorCode, number, boolean, ConnectionStatus]>([
  ['NETWORK', 0, false, 'offline'],
  ['NETWORK', 0, true, 'unreachable'],
  ['TIMEOUT', 0, true, 'unreachable'],
  ['UNKNOWN', 200, true, 'foreign'],
  ['UNKNOWN', 302, true, 'foreign'],
  ['UNKNOWN', 511, true, 'foreign'],
  ['UNKNOWN', 502, true, 'tunnel'],
  ['UNKNOWN', 521, true, 'tunnel'],
  ['UNKNOWN', 530, true, 'tunnel'],
  ['INTERNAL', 500, true, 'trouble'],
  ['STORAGE_UNAVAILABLE', 503, true, 'storage'],
  ['DISK_FULL', 507, true, 'full'],
  ['OVERLOADED', 503, true, 'busy'],
  ['TOO_MANY_REQUESTS', 429, true, 'busy'],
  ['CIPHER_UNAVAILABLE', 503, true, 'cipher'],
])('%s with status %i, online %s: %s', (code, status, online, link) => {
  expect(connectionOf(new ApiError(code, status), online)).toBe(link);
});

test('the hops before the broken one work, and those behind it are unknown', () => {
  const shown = (link: Exclude<ConnectionStatus, 'ok'>) => HOPS.map((hop) => hopsOf(link)[hop]);
  expect(shown('offline')).toEqual(['broken', 'unknown', 'unknown', 'unknown']);
  expect(shown('tunnel')).toEqual(['fine', 'broken', 'unknown', 'unknown']);
  expect(shown('full')).toEqual(['fine', 'fine', 'broken', 'unknown']);
  expect(shown('cipher')).toEqual(['fine', 'fine', 'fine', 'broken']);
});

test('the reason of a waiting message shows in the banner only when it concerns all messages', () => {
  expect(connectionOfPending('CIPHER_UNAVAILABLE')).toBe('cipher');
  expect(connectionOfPending('DISK_FULL')).toBe('full');
  expect(connectionOfPending('STORAGE_UNAVAILABLE')).toBe('storage');
  for (const reason of ['TOO_MANY_REQUESTS', 'NETWORK', 'NOT_FRIENDS', undefined] as const) {
    expect(connectionOfPending(reason)).toBe('ok');
  }
});
