import { expect, it } from 'vitest';
import { parseRange } from './range.ts';

it('a range names bytes from its first to its last, to the end, or the last ones', () => {
  expect(parseRange('bytes=0-0', 10)).toEqual({ start: 0, end: 1 });
  expect(parseRange('bytes=2-5', 10)).toEqual({ start: 2, end: 6 });
  expect(parseRange('bytes=7-', 10)).toEqual({ start: 7, end: 10 });
  expect(parseRange('bytes=7-99', 10)).toEqual({ start: 7, end: 10 });
  expect(parseRange('bytes=-3', 10)).toEqual({ start: 7, end: 10 });
  expect(parseRange('bytes=-99', 10)).toEqual({ start: 0, end: 10 });
  expect(parseRange('Bytes= 1-2 ', 10)).toEqual({ start: 1, end: 3 });
  expect(parseRange('bytes=0-99999999999999999999999', 10)).toEqual({ start: 0, end: 10 });
});

it('a range that names no byte of the file is unsatisfiable', () => {
  for (const header of ['bytes=10-', 'bytes=10-12', 'bytes=-0', 'bytes=99999999999999999999999-'])
    expect([header, parseRange(header, 10)]).toEqual([header, 'unsatisfiable']);
});

it('several ranges, another unit and malformed ranges are ignored', () => {
  const headers = ['', 'bytes', 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=5-2', 'bytes=0-1,3-4', 'items=0-1'];
  for (const header of [undefined, ...headers, 'bytes=1', 'bytes=--1', 'bytes=1-2-3', 'bytes=0x1-2'])
    expect([header, parseRange(header, 10)]).toEqual([header, undefined]);
});
