import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync(new URL('./vars.css', import.meta.url), 'utf8');
const [light = '', dark = ''] = css.split('@media');
const colours = (part: string) =>
  new Map(
    [...part.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]),
  );

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const GROUNDS: Record<string, string[]> = {
  ink: ['surface', 'paper', 'room', 'hover', 'accent-soft', 'other', 'quote'],
  'ink-soft': ['surface', 'paper', 'room', 'hover', 'accent-soft', 'other'],
  accent: ['surface', 'paper', 'room', 'hover', 'accent-soft', 'quote'],
  danger: ['surface', 'paper', 'room', 'hover', 'danger-soft'],
  'own-ink': ['own', 'quote-own'],
  'own-soft': ['own'],
  'own-read': ['own', 'quote-own'],
  paper: ['ink'],
  'accent-ink': ['accent', 'accent-strong'],
  surface: ['danger', 'ink-soft'],
  warn: ['warn-soft'],
};

describe.each([
  ['light', colours(light)],
  ['dark', colours(dark)],
] as const)('%s', (_, palette) => {
  const of = (name: string) => palette.get(name) ?? expect.fail(`no colour ${name}`);

  test.each(Object.keys(GROUNDS))('%s is readable wherever it stands (4.5 : 1)', (text) => {
    for (const ground of GROUNDS[text] ?? []) {
      expect([ground, contrast(of(text), of(ground)) >= 4.5]).toEqual([ground, true]);
    }
  });

  test('the edge of a field stands out (3 : 1)', () => {
    expect(contrast(of('line-strong'), of('surface'))).toBeGreaterThanOrEqual(3);
  });
});
