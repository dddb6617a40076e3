import { expect, it } from 'vitest';
import { safeName } from './write-files.ts';

it.each([
  ['Jadwal ronda.pdf', 'Jadwal ronda.pdf'],
  ['a/b\\c:d*?"<>|.txt', 'a_b_c_d______.txt'],
  ['aux.', 'aux'],
  ['\u202egpj.exe', '_gpj.exe'],
  ['x\u0000\n.html', 'x__.html'],
  [' . . ', '_'],
  ['...', '_'],
  [`${'é'.repeat(200)}.jpeg`, `${'é'.repeat(57)}.jpeg`],
])('the name %j of a file is exported as %j', (name, expected) => {
  expect(safeName(name)).toBe(expected);
});
