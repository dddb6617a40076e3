import { expect, test } from 'vitest';
import type { Figures } from '../figures/box-figures.ts';
import { type AlertMessage, Alerts } from './alerts.ts';
import { type Moment, RULES } from './rules.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 10, 29);

/** A box without a fault. */
const FINE: Omit<Figures, 'at'> = {
  space: { freeBytes: 80, totalBytes: 100 },
  rssBytes: 100,
  heapBytes: 10,
  heapLimitBytes: 100,
  eventLoopDelayMs: { p50: 0, p99: 0 },
  writtenBytes: 0,
  deviceWrittenBytes: 0,
  writtenBytesPerDay: 0,
  flashYears: undefined,
  commits: 0,
  messages: 0,
  messagesPerDay: 0,
  heldPolls: 0,
  clock: { trusted: true, offsetMs: 0, jumpedAt: undefined },
  cipher: { reachable: true, since: 0 },
  isWritable: true,
  tunnel: 'connected',
  certificateEnd: NOW + 400 * DAY_MS,
  backup: { target: 'folder', lastAt: NOW - HOUR_MS, rehearsal: 'ok' },
};

/** A box that is looked at each minute; the clock runs from NOW. */
function open() {
  const alerts = new Alerts(RULES);
  let at = 0;
  const sent: string[] = [];
  const pass = (ms: number, change: Partial<Figures> = {}, moment: Partial<Moment> = {}) => {
    for (const end = at + ms; at < end; ) {
      at += MINUTE_MS;
      const figures = { ...FINE, at, ...change };
      // Backups go on while nothing is said about them.
      if (!change.backup) figures.backup = { target: 'folder', lastAt: NOW + at, rehearsal: 'ok' };
      const messages = alerts.evaluate(figures, { wall: NOW + at, upMs: at, refusedLogins: 0, ...moment });
      sent.push(...messages.map(({ code, hasEnded }: AlertMessage) => (hasEnded ? `${code} over` : code)));
    }
    return sent.splice(0);
  };
  return { alerts, pass };
}

type Fault = [code: string, withinMs: number, change: Partial<Figures>, moment?: Partial<Moment>];
const FAULTS: Fault[] = [
  ['disk', MINUTE_MS, { space: { freeBytes: 15, totalBytes: 100 } }],
  ['not-ready', 3 * MINUTE_MS, { isWritable: false }],
  ['cipher', 2 * MINUTE_MS, { cipher: { reachable: false, since: 0 } }],
  ['tunnel', 6 * MINUTE_MS, { tunnel: 'away' }],
  ['heap', 6 * MINUTE_MS, { heapBytes: 80 }],
  ['clock', 10 * MINUTE_MS, { clock: { trusted: false, offsetMs: 0, jumpedAt: undefined } }],
  ['clock', MINUTE_MS, { clock: { trusted: true, offsetMs: 0, jumpedAt: MINUTE_MS } }],
  ['certificate', MINUTE_MS, { certificateEnd: NOW + 29 * DAY_MS }],
  ['backup-age', MINUTE_MS, { backup: { target: 'folder', lastAt: NOW - 36 * HOUR_MS } }],
  ['backup-age', 37 * HOUR_MS, { backup: { target: 'folder' } }],
  ['backup-failed', MINUTE_MS, { backup: { target: 'folder', lastAt: NOW, rehearsal: 'failed' } }],
  ['backup-failed', MINUTE_MS, { backup: { target: 'folder', lastAt: NOW, error: 'TARGET_AWAY' } }],
  ['logins', MINUTE_MS, {}, { refusedLogins: 50 }],
  ['wear', MINUTE_MS, { flashYears: 1.9 }],
];

test.each(FAULTS)(
  'the alert %s is sent once when its cause has lasted %d ms, and its end once: %j %j',
  (code, ms, change, moment) => {
    const { alerts, pass } = open();
    expect(pass(HOUR_MS)).toEqual([]);
    // What is measured from the start of the process began with this one.
    const begun = moment ?? (code === 'clock' && change.clock?.trusted === false ? { upMs: HOUR_MS } : {});
    const jumped =
      change.clock?.jumpedAt === undefined ? change : { clock: { ...FINE.clock, jumpedAt: HOUR_MS } };
    expect(pass(ms, jumped, begun)).toEqual([code]);
    expect(alerts.active().map((one) => one.code)).toEqual([code]);
    expect(alerts.active()[0]?.since).toBeLessThanOrEqual(NOW + HOUR_MS + ms);
    if (jumped === change) expect(pass(HOUR_MS / 2, change, begun)).toEqual([]);
    expect(pass(MINUTE_MS)).toEqual([`${code} over`]);
    expect([pass(HOUR_MS), alerts.active()]).toEqual([[], []]);
  },
);

test('every rule has a planted fault here', () => {
  expect([...new Set(FAULTS.map(([code]) => code))].sort()).toEqual(
    RULES.map(({ code }) => code as string).sort(),
  );
});

test('a cause shorter than its rule allows sends nothing', () => {
  const { pass } = open();
  for (let n = 0; n < 5; n++) {
    expect(pass(MINUTE_MS, { cipher: { reachable: false, since: 0 } })).toEqual([]);
    expect(pass(MINUTE_MS)).toEqual([]);
  }
});

test('a cause that comes and goes is sent once a day, with one end', () => {
  const { pass } = open();
  const full = { space: { freeBytes: 10, totalBytes: 100 } };
  const sent = Array.from({ length: 36 }, () => [
    ...pass(30 * MINUTE_MS, full),
    ...pass(30 * MINUTE_MS),
  ]).flat();
  expect(sent).toEqual(['disk', 'disk over', 'disk', 'disk over']);
});

test('an alert that began while its rule had no message left is sent when the day is over', () => {
  const { pass } = open();
  const full = { space: { freeBytes: 10, totalBytes: 100 } };
  expect([...pass(MINUTE_MS, full), ...pass(MINUTE_MS)]).toEqual(['disk', 'disk over']);
  expect(pass(23 * HOUR_MS, full)).toEqual([]);
  expect(pass(HOUR_MS, full)).toEqual(['disk']);
  expect(pass(3 * DAY_MS, full)).toEqual([]);
  expect(pass(MINUTE_MS)).toEqual(['disk over']);
});

test('a figure between both bounds of its rule neither begins nor ends an alert', () => {
  const { alerts, pass } = open();
  const between = { space: { freeBytes: 16, totalBytes: 100 } };
  expect(pass(HOUR_MS, between)).toEqual([]);
  expect(pass(MINUTE_MS, { space: { freeBytes: 15, totalBytes: 100 } })).toEqual(['disk']);
  expect([pass(HOUR_MS, between), alerts.active().length]).toEqual([[], 1]);
  expect(pass(MINUTE_MS)).toEqual(['disk over']);
});

test('a box without backups, without a tunnel and of an unknown volume has no alert about them', () => {
  const { pass } = open();
  const change = { space: undefined, tunnel: 'none' as const, certificateEnd: undefined, backup: {} };
  expect(pass(3 * DAY_MS, change)).toEqual([]);
});
