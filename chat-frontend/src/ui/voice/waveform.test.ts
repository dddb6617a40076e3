import { expect, test } from 'vitest';
import { barsPath, toBars, toWaveform } from './waveform.ts';

test('a waveform has 64 hexadecimal digits, however long the recording is', () => {
  for (const length of [0, 1, 63, 64, 65, 1_000, 12_000])
    expect(toWaveform(Array.from({ length }, () => 0.5))).toMatch(/^[0-9a-f]{64}$/);
});

test('the loudest part of a recording has the highest digit, and a quieter one a lower', () => {
  const levels = Array.from({ length: 640 }, (_, index) => (index < 320 ? 0.1 : 0.4));
  expect(toWaveform(levels)).toBe('8'.repeat(32) + 'f'.repeat(32));
});

test('silence is a flat waveform, since it is not amplified', () => {
  expect(toWaveform(Array.from({ length: 200 }, () => 0))).toBe('0'.repeat(64));
  expect(toWaveform(Array.from({ length: 200 }, () => 0.001))).toBe('3'.repeat(64));
});

test('a single loud moment of a long recording is not averaged away', () => {
  const levels = Array.from({ length: 12_000 }, (_, index) => (index === 6_000 ? 0.9 : 0.01));
  expect(toWaveform(levels)[32]).toBe('f');
});

test('a waveform is drawn with one bar per digit, and a missing one as a flat line', () => {
  expect(toBars('0f')).toEqual([0, 1]);
  expect(toBars(undefined)).toHaveLength(64);
  expect(barsPath([0, 1], 10)).toBe('M2.50 0.44V0.56M7.50 0.02V0.98');
});
