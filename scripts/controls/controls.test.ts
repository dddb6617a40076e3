import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CONTROLS, ROWS } from './registry.ts';
import { plant, verdictOf } from './verdict.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(root + file, 'utf8');

it.each(CONTROLS)(
  'the place of the fault, and the test that must notice it, exist: $row, $fault',
  (control) => {
    expect(plant(control, read(control.file))).not.toBe(read(control.file));
    expect(existsSync(root + control.test)).toBe(true);
    expect(read(control.test)).toContain(control.title);
  },
);

it('every harness has a control', () => {
  expect(ROWS.filter((row) => !CONTROLS.some((control) => control.row === row))).toEqual([]);
});

it('a fault whose place has moved, or is there twice, is no control', () => {
  const control = { file: 'a.ts', from: 'a > b', to: 'a < b' };
  expect(plant(control, 'if (a > b)')).toBe('if (a < b)');
  expect(() => plant(control, 'if (a >= b)')).toThrow('0 times');
  expect(() => plant(control, 'a > b || a > b')).toThrow('2 times');
});

const report = (status: string, fullName = 'x a token is refused', message = '') =>
  JSON.stringify({ testResults: [{ message, assertionResults: status ? [{ fullName, status }] : [] }] });

it.each([
  ['the test that must fail failed', report('failed'), true],
  ['it passed', report('passed'), false],
  ['it was not run', report('skipped'), false],
  ['another test failed', report('failed', 'x something else'), false],
  ['its file did not load', report('', '', 'SyntaxError: Unexpected token'), false],
  ['its preparation failed', report('skipped', undefined, 'Error: in beforeAll'), false],
  ['it was ended before its report', '', false],
])('a fault counts as noticed only by the test itself: when %s', (_, text, isCaught) => {
  expect(verdictOf({ title: 'a token is refused' }, text).isCaught).toBe(isCaught);
});
