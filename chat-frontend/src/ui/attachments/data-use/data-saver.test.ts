// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest';
import { after, start } from '../../../../test/support/factories.ts';
import { dataSaver, isFrugal } from './data-saver.ts';

test.each([
  [{ saveData: true, effectiveType: '4g' }, true],
  [{ saveData: false, effectiveType: '3g' }, true],
  [{ effectiveType: '2g' }, true],
  [{ saveData: false, effectiveType: '4g' }, false],
  [undefined, false],
])('a browser that says %j of its network saves data by itself: %s', (connection, expected) => {
  expect(isFrugal(connection)).toBe(expected);
});

test('a conversation follows the choice for all unless it has its own, and without any the network decides', () => {
  const ui = { state: () => after(...start(0)) };
  const saver = dataSaver(ui);
  expect([saver.isOn('a'), saver.choice(), saver.choice('a')]).toEqual([false, undefined, undefined]);
  vi.stubGlobal('navigator', { connection: { saveData: true } });
  expect(saver.isOn('a')).toBe(true);
  saver.choose(false);
  expect(saver.isOn('a')).toBe(false);
  saver.choose(true, 'a');
  expect([saver.isOn('a'), saver.isOn('b')]).toEqual([true, false]);
  expect(dataSaver(ui).isOn('a')).toBe(true);
  saver.choose(undefined, 'a');
  expect(saver.isOn('a')).toBe(false);
  vi.unstubAllGlobals();
});
