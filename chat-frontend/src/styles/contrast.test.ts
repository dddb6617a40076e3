import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ACCENTS, type Accent, type Theme } from '../theme.ts';

const css = readFileSync(new URL('./theme.css', import.meta.url), 'utf8');
/** The colours of a theme, with those of an accent in place of the default ones. */
function coloursOf(theme: Theme, accent: Accent): Map<string, string> {
  const palette = new Map<string, string>();
  for (const selector of [`[data-theme="${theme}"]`, `[data-theme="${theme}"][data-accent="${accent}"]`]) {
    const [, block = ''] = css.split(`${selector} {`);
    const found = [...(block.split('}')[0] ?? '').matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)];
    // The first accent is that of the theme itself.
    if (accent !== ACCENTS[0]) expect([selector, found.length > 0]).toEqual([selector, true]);
    for (const [, name = '', value = ''] of found) palette.set(name, value);
  }
  return palette;
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((index) => Number.parseInt(hex.slice(index, index + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** An hsl() colour as #rrggbb. */
function hsl(hue: number, saturation: number, lightness: number): string {
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    const a = saturation * Math.min(lightness, 1 - lightness);
    const value = lightness - a * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const BACKGROUNDS: Record<string, string[]> = {
  ink: ['surface', 'paper', 'room', 'hover', 'accent-soft', 'other', 'quote'],
  'ink-soft': ['surface', 'paper', 'room', 'hover', 'accent-soft', 'other', 'danger-soft'],
  accent: ['surface', 'paper', 'room', 'hover', 'accent-soft', 'quote', 'other'],
  danger: ['surface', 'paper', 'room', 'hover', 'danger-soft'],
  'own-ink': ['own', 'quote-own'],
  'own-soft': ['own'],
  'own-read': ['own', 'quote-own'],
  paper: ['ink'],
  'accent-ink': ['accent', 'accent-strong'],
  surface: ['danger', 'ink-soft'],
  warn: ['warn-soft'],
};

const THEMES_AND_ACCENTS = (['light', 'dark'] as const).flatMap((theme) =>
  ACCENTS.map((accent) => [theme, accent] as const),
);

describe.each(THEMES_AND_ACCENTS)('the %s theme with the accent %s', (theme, accent) => {
  const palette = coloursOf(theme, accent);
  const of = (name: string) => palette.get(name) ?? expect.fail(`no colour ${name}`);

  test.each(Object.keys(BACKGROUNDS))(
    '%s has a contrast of at least 4.5 : 1 on every background it is used on',
    (text) => {
      for (const background of BACKGROUNDS[text] ?? []) {
        expect([background, contrast(of(text), of(background)) >= 4.5]).toEqual([background, true]);
      }
    },
  );

  test('the name of a sender has a contrast of at least 4.5 : 1 in each hue, in bubbles and where it is emphasised', () => {
    const avatars = readFileSync(new URL('./avatar.css', import.meta.url), 'utf8');
    const hues = [...avatars.matchAll(/--hue: (\d+);/g)].map(([, hue]) => Number(hue));
    const [, block = ''] = css.split(`[data-theme="${theme}"] {`);
    const [, lightness = ''] = /--name-lightness: (\d+)%;/.exec(block.split('}')[0] ?? '') ?? [];
    expect(hues).toHaveLength(8);
    for (const hue of hues)
      expect([hue, contrast(hsl(hue, 0.6, Number(lightness) / 100), of('other')) >= 4.5]).toEqual([
        hue,
        true,
      ]);
  });

  test('the border of a field has a contrast of at least 3 : 1', () => {
    expect(contrast(of('line-strong'), of('surface'))).toBeGreaterThanOrEqual(3);
  });
});
