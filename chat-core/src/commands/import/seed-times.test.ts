import { expect, it } from 'vitest';
import { readTime } from './seed-times.ts';

const AT = Date.UTC(2024, 4, 1, 0, 0, 0);
const local = (...parts: [number, number, number, number?, number?, number?]) => new Date(...parts).getTime();

it.each<[unknown, number]>([
  [1_714_521_600, AT],
  ['1714521600', AT],
  ['1714521600.5', AT + 500],
  [1_714_521_600.25, AT + 250],
  [1_714_521_600_000, AT],
  ['1714521600000', AT],
  [1_714_521_600_000_000, AT],
  ['1714521600000000', AT],
  ['1714521600000000000', AT],
  [{ $date: '2024-05-01T00:00:00Z' }, AT],
  [{ $date: '2024-05-01T00:00:00.000+00:00' }, AT],
  [{ $date: 1_714_521_600_000 }, AT],
  [{ $date: { $numberLong: '1714521600000' } }, AT],
  [{ $numberLong: '1714521600000' }, AT],
  [{ $numberLong: '1714521600' }, AT],
  ['2024-05-01', AT],
  ['2024-05-01T00:00:00Z', AT],
  ['2024-05-01T07:00:00.250+07:00', AT + 250],
  ['2024-05-01 00:00:00+00', AT],
  ['2024-04-30T20:00:00-0400', AT],
  ['2024-05-01T00:00:00', local(2024, 4, 1)],
  ['2024-05-01 08:30', local(2024, 4, 1, 8, 30)],
  ['Wed, 01 May 2024 00:00:00 GMT', AT],
  ['Wed May 01 2024 07:00:00 GMT+0700 (Western Indonesia Time)', AT],
  ['01 May 2024 00:00:00 +0000', AT],
  ['13/05/2024', Date.UTC(2024, 4, 13)],
  ['05/13/2024', Date.UTC(2024, 4, 13)],
  ['13.05.2024 08:30', local(2024, 4, 13, 8, 30)],
  ['01.05.2024', AT],
  ['05/05/2024', Date.UTC(2024, 4, 5)],
])('the time %j is read, having one meaning', (value, time) => {
  expect(readTime(value)).toBe(time);
});

it.each<[unknown]>(
  (
    [
      null,
      undefined,
      '',
      'kemarin',
      true,
      [],
      {},
      0,
      -1,
      1e11,
      1e300,
      Number.NaN,
      '01/05/2024',
      '1/2/2024, 08:00:00',
      '25/25/2024',
      '2024-02-30',
      '2024-13-01',
      '2024-05-01T25:00:00Z',
      '31 Feb 2024 00:00:00 GMT',
      '01 Mei 2024 00:00:00 GMT',
      '99999999999999999999',
      { $date: null },
      { $date: {} },
      { $date: { $numberLong: {} } },
      { $date: 1_714_521_600 },
      { toString: 1, valueOf: 1 },
      { $date: { toString: 1, valueOf: 1 } },
      '1970-01-01T00:00:00Z',
    ] as unknown[]
  ).map((value) => [value]),
)('the value %j is no time, or an ambiguous one, and is not read', (value) => {
  expect(readTime(value)).toBeUndefined();
});
