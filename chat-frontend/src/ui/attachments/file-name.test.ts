// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { fileName, shortName } from './file-name.ts';

const RLO = '\u202e';
const shownBy = (node: Element) =>
  [...node.querySelectorAll('.name-cut bdi')].map((part) => part.textContent);

test('a long name keeps its end when its middle is cut, and is read and shown whole on request', () => {
  const name = 'Laporan keuangan bulan Oktober 2026 final.pdf';
  const node = fileName(name, 'file-name');
  expect(shownBy(node)).toEqual(['Laporan keuangan bulan Oktober 2026 f', 'inal.pdf']);
  expect(node.querySelector('.name-cut')?.getAttribute('aria-hidden')).toBe('true');
  expect(node.querySelector('.visually-hidden')?.textContent).toBe(name);
  expect(node.title).toBe(name);
  expect(shortName(name)).toBe('Laporan keuan…inal.pdf');
});

test('a short name is one text, and no character is cut in two', () => {
  expect(fileName('catatan.txt', 'file-name').outerHTML).toBe('<bdi class="file-name">catatan.txt</bdi>');
  expect([...shortName(`${'🎉'.repeat(50)}.txt`)]).toHaveLength(22);
  expect(shownBy(fileName('👨'.repeat(30), 'x')).join('')).toBe('👨'.repeat(30));
});

test('characters that reverse the direction of a name are not shown, and right-to-left letters stay before their ending', () => {
  expect(fileName(`foto_${RLO}gpj.exe`, 'x').textContent).toBe('foto_gpj.exe');
  expect(shortName(`tagihan\u2067${RLO}\u0007fdp.exe`)).toBe('tagihanfdp.exe');
  const long = fileName(`דוח כספי חודשי לשנת 2026 ${RLO}cod.exe`, 'x');
  const ends = [...long.querySelectorAll('bdi')].map((part) => part.textContent);
  expect(ends.at(-1)?.endsWith('cod.exe')).toBe(true);
  expect(long.innerHTML.includes(RLO)).toBe(false);
  // Each part is isolated: the direction of one does not move the other.
  expect(ends).toHaveLength(2);
});
