// @vitest-environment happy-dom
import { correction, generate } from 'lean-qr/nano';
import { expect, test } from 'vitest';
import { qrCode } from './qr.ts';

const link = 'https://chat.example.org/#/add/budi.santoso';

/** The modules that a path of rectangles covers. */
function darkModules(path: string): Set<string> {
  const modules = new Set<string>();
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let n = 0; n < Number(width); n++) modules.add(`${Number(x) + n} ${y}`);
  }
  return modules;
}

test('exactly the dark modules of the code are drawn, with a quiet zone of four modules and a label', () => {
  const svg = qrCode(link, 'Kode QR');
  const code = generate(link, { minCorrectionLevel: correction.M });
  const { size } = code;
  expect(size).toBeGreaterThan(20);
  const drawn = darkModules(svg.querySelector('path')?.getAttribute('d') ?? '');
  const expected = new Set<string>();
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) if (code.get(x, y)) expected.add(`${x} ${y}`);
  }
  expect(drawn).toEqual(expected);
  expect(svg.getAttribute('viewBox')).toBe(`-4 -4 ${size + 8} ${size + 8}`);
  expect([svg.getAttribute('role'), svg.getAttribute('aria-label')]).toEqual(['img', 'Kode QR']);
});
