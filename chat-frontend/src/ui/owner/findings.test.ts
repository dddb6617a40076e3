import { expect, test } from 'vitest';
import type { BoxStatus } from '../../../../chat-core/src/wire/wire.ts';
import { findingsOf } from './findings.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 10, 29, 12);
const GB = 1024 ** 3;

/** A box without any trouble, with changes. */
const box = (changes: Partial<BoxStatus> = {}): BoxStatus => ({
  version: '0.1.0',
  startedAt: NOW - 48 * HOUR_MS,
  disk: { freeBytes: 20 * GB, totalBytes: 32 * GB },
  memory: { rssBytes: 90e6, heapBytes: 34e6, heapLimitBytes: 512e6 },
  clock: { trusted: true },
  cipher: { reachable: true },
  tunnel: 'connected',
  certificateDaysLeft: 200,
  flashYears: 12,
  backup: { target: '/mnt/usb', lastAt: NOW - 5 * HOUR_MS, rehearsedAt: NOW - 4 * HOUR_MS, rehearsal: 'ok' },
  alerts: [],
  ...changes,
});
const names = (changes: Partial<BoxStatus>) => findingsOf(box(changes), NOW).map(({ name }) => name);

test('a box without trouble has no findings, nor has one whose optional figures are unknown', () => {
  expect(names({})).toEqual([]);
  const { clock, tunnel, certificateDaysLeft, flashYears, backup, ...known } = box();
  expect(findingsOf(known, NOW)).toEqual([]);
});

test('a box on a database, whose backups are made there, is not said to have none', () => {
  expect(names({ backup: {} })).toEqual(['backupNone']);
  expect(names({ backup: { ofDatabase: true }, database: { bytes: 1, cores: 2 } })).toEqual([]);
});

test.each<[string, Partial<BoxStatus>]>([
  ['disk', { disk: { freeBytes: 4 * GB, totalBytes: 32 * GB } }],
  ['heap', { memory: { rssBytes: 500e6, heapBytes: 420e6, heapLimitBytes: 512e6 } }],
  ['cipher', { cipher: { reachable: false } }],
  ['tunnel', { tunnel: 'away' }],
  ['clock', { clock: { trusted: false } }],
  ['timeOff', { clock: { trusted: true, waiting: true } }],
  ['certificate', { certificateDaysLeft: 29 }],
  ['wear', { flashYears: 1.5 }],
  ['backupNone', { backup: {} }],
  ['backup', { backup: { target: '/mnt/usb', lastAt: NOW - 37 * HOUR_MS } }],
  ['backupFailed', { backup: { target: '/mnt/usb', lastAt: NOW, error: 'ENOENT' } }],
  ['backupFailed', { backup: { target: '/mnt/usb', lastAt: NOW, rehearsal: 'failed' } }],
])('the figures of a box show by themselves: %s', (name, changes) => {
  expect(names(changes)).toEqual([name]);
});

test('a disk and a heap whose size is not known are no finding', () => {
  const memory = { rssBytes: 0, heapBytes: 0, heapLimitBytes: 0 };
  expect(names({ disk: { freeBytes: 0, totalBytes: 0 }, memory })).toEqual([]);
});

test('an alert of the box and its figure are one finding, with the time of the alert', () => {
  const since = NOW - HOUR_MS;
  const status = box({ cipher: { reachable: false }, alerts: [{ code: 'cipher', since }] });
  expect(findingsOf(status, NOW)).toEqual([{ name: 'cipher', level: 'bad', since }]);
});

test.each([
  ['not-ready', 'notReady'],
  ['backup-age', 'backup'],
  ['backup-failed', 'backupFailed'],
  ['clock', 'clock'],
  ['wear', 'wear'],
])('the alert %s of the box is the finding %s', (code, name) => {
  expect(names({ alerts: [{ code, since: NOW }] })).toEqual([name]);
});

test('the most urgent finding comes first, and an alert that the page does not know comes last, with its code', () => {
  const since = NOW;
  const alerts = [
    { code: 'of-the-future', since },
    { code: 'logins', since },
    { code: 'not-ready', since },
  ];
  expect(findingsOf(box({ alerts }), NOW)).toEqual([
    { name: 'notReady', level: 'bad', since },
    { name: 'logins', level: 'warn', since },
    { name: 'other', level: 'warn', since, code: 'of-the-future' },
  ]);
});
