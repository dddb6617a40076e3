import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../log.ts';
import { EVENTS, type EventName } from './events.ts';
import { createSecurityLog, type SecurityLog } from './security-log.ts';

type Line = Record<string, unknown>;
let now: number;
let text: string;
let trail: Line[];
let log: SecurityLog;
beforeEach(() => {
  now = 0;
  text = '';
  trail = [];
  log = createSecurityLog(
    createLog('info', (line) => {
      text += line;
    }),
    { append: (part, event, details) => trail.push({ part, event, ...details }) },
    () => now,
  );
});
afterEach(() => log.close());

const lines = (): Line[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

test.each(Object.keys(EVENTS) as EventName[])(
  'the event %s is one line with its time, in UTC, and what it says',
  (event) => {
    log.record(event, { who: 'id', from: '192.0.2.1', route: 'POST /x', code: 'X' });
    const [line, ...more] = lines();
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      event,
      who: 'id',
      from: '192.0.2.1',
      route: 'POST /x',
      code: 'X',
      msg: EVENTS[event].says,
    });
    expect(new Date(String(line?.time)).toISOString()).toBe(line?.time);
    expect(log.counts()).toEqual({ [event]: 1 });
  },
);

test('a flood of an event has a budget of lines a minute, is counted, and its end says how many lines were left out', () => {
  for (let n = 0; n < 100_000; n++) log.record('login-failed', { from: `192.0.2.${n % 250}` });
  const { perMinute } = EVENTS['login-failed'];
  expect(lines()).toHaveLength(perMinute);
  now = 60_000;
  log.record('login-failed', { from: '192.0.2.1' });
  expect(lines()[perMinute]).toMatchObject({ event: 'login-failed', suppressed: 100_000 - perMinute });
  expect(lines()).toHaveLength(perMinute + 2);
  expect(log.counts()).toEqual({ 'login-failed': 100_001 });
});

test('a flood from one network leaves room for the same event of others', () => {
  for (let n = 0; n < 1000; n++) log.record('login-failed', { from: '192.0.2.1' });
  log.record('login-failed', { from: '198.51.100.7' });
  expect(lines().at(-1)).toMatchObject({ from: '198.51.100.7' });
});

test('a stolen session of an owner fills the audit trail slowly, and hides no other command and no other owner', () => {
  for (let n = 0; n < 10_000; n++) log.record('owner-command', { who: 'thief', command: 'set-quota' });
  log.record('owner-command', { who: 'thief', command: 'delete', about: 'id' });
  log.record('owner-command', { who: 'owner', command: 'set-quota' });
  const stored = trail.map(({ part, who, command }) => [part, who, command]);
  expect(stored.slice(40)).toEqual([
    ['owners', 'thief', 'delete'],
    ['owners', 'owner', 'set-quota'],
  ]);
  now = 3_600_000;
  log.record('owner-command', { who: 'thief', command: 'set-quota' });
  expect(trail.at(-2)).toMatchObject({ event: 'owner-command', command: 'set-quota', suppressed: 9960 });
});

test('what people cause has a share of the audit trail by the hour, and what the operator does is always in it', () => {
  for (let n = 0; n < 1000; n++) log.record('login-throttled', { from: `192.0.2.${n}` });
  for (let n = 0; n < 100; n++) log.record('operator-command', { command: 'invite' });
  log.record('login', { who: 'id' });
  const of = (event: string) => trail.filter((one) => one.event === event);
  expect([of('login-throttled').length, of('operator-command').length, of('login').length]).toEqual([
    60, 100, 0,
  ]);
  log.close();
  expect(trail.at(-1)).toEqual({ part: 'people', event: 'login-throttled', suppressed: 940 });
});

const HOSTILE = [
  'a\nb',
  'a\r\n{"event":"login"}',
  '\u001b[2J\u001b[31mred',
  'a\u2028b\u2029c',
  '\u0000\u0007\u007f\u0085\u009b31m',
  '\u202egnp.exe',
  '"},{"event":"login',
  'x'.repeat(100_000),
  '\ud800',
];
test.each(HOSTILE.map((value, index) => [index, value] as const))(
  'a hostile value (%i) in any field is one valid line without control characters',
  (_, value) => {
    const fields = ['who', 'from', 'route', 'code', 'reason', 'requestId', 'host', 'command'] as const;
    for (const field of fields) log.record('login-failed', { from: field, [field]: value });
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
    expect(lines()).toHaveLength(fields.length);
    for (const line of lines()) expect(line.event).toBe('login-failed');
  },
);
