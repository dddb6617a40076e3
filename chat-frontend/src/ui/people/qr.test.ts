// @vitest-environment happy-dom
import { correction, generate } from 'lean-qr/nano';
import { expect, test } from 'vitest';
import { qrCode } from './qr.ts';

const link = 'https://chat.example.org/#/add/budi.santoso';

/** The modules that a path of rectangles covers. */
function dark(path: string): Set<string> {
  const modules = new Set<string>();
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let at = 0; at < Number(width); at++) modules.add(`${Number(x) + at} ${y}`);
  }
  return modules;
}

test('every dark module of the code is drawn and no other, within four modules of light, with its name', () => {
  const svg = qrCode(link, 'Kode QR');
  const code = generate(link, { minCorrectionLevel: correction.M });
  const { size } = code;
  expect(size).toBeGreaterThan(20);
  const drawn = dark(svg.querySelector('path')?.getAttribute('d') ?? '');
  const wanted = new Set<string>();
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) if (code.get(x, y)) wanted.add(`${x} ${y}`);
  }
  expect(drawn).toEqual(wanted);
  expect(svg.getAttribute('viewBox')).toBe(`-4 -4 ${size + 8} ${size + 8}`);
  expect([svg.getAttribute('role'), svg.getAttribute('aria-label')]).toEqual(['img', 'Kode QR']);
});
