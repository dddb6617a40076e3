import { correction, generate } from 'lean-qr/nano';
import { expect, test } from 'vitest';
import { terminalQr } from './terminal-qr.ts';

test('a QR code on the terminal has every module of the code, black on white, with a quiet zone of two', () => {
  const link = `https://chat.example.org/#/invite/${'aB3'.repeat(14)}`;
  const code = generate(link, { minCorrectionLevel: correction.L });
  const lines = terminalQr(link);
  const shown = lines.map((line) => line.replace('\u001b[30;107m', '').replace('\u001b[0m', ''));
  const isDark = (x: number, y: number) => {
    const half = shown[Math.floor((y + 2) / 2)]?.[x + 2] ?? '';
    return half === '█' || half === (y % 2 === 0 ? '▀' : '▄');
  };
  for (let y = -2; y < code.size + 2; y++)
    for (let x = -2; x < code.size + 2; x++) expect([x, y, isDark(x, y)]).toEqual([x, y, code.get(x, y)]);
  expect(shown.every((line) => line.length === code.size + 4 && line.length <= 80)).toBe(true);
});
