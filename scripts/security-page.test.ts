import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');

/** The sections of ASVS 5.0.0, with the level of each of their requirements in order. */
const SECTIONS: Record<string, string> = Object.fromEntries(
  `1.1 22, 1.2 1111122223, 1.3 112222222223, 1.4 222, 1.5 123, 2.1 122, 2.2 112, 2.3 12223, 2.4 23, 3.1 3, 3.2 113,
  3.3 12223, 3.4 11222233, 3.5 11122333, 3.6 3, 3.7 22333, 4.1 12233, 4.2 23333, 4.3 22, 4.4 1222, 5.1 2, 5.2 112333,
  5.3 113, 5.4 222, 6.1 122, 6.2 111111112222, 6.3 11223333, 6.4 112233, 6.5 22222333, 6.6 2223, 6.7 33, 6.8 2222,
  7.1 222, 7.2 1111, 7.3 22, 7.4 11222, 7.5 223, 7.6 22, 8.1 1233, 8.2 1123, 8.3 133, 8.4 23, 9.1 111, 9.2 1222,
  10.1 22, 10.2 223, 10.3 22223, 10.4 1111122222233333, 10.5 22222, 10.6 22, 10.7 222, 11.1 2233, 11.2 22233, 11.3 11233,
  11.4 1222, 11.5 23, 11.6 23, 11.7 33, 12.1 12233, 12.2 11, 12.3 22223, 13.1 2333, 13.2 222223, 13.3 2233,
  13.4 1222233, 14.1 22, 14.2 12223333, 14.3 122, 15.1 12233, 15.2 12233, 15.3 1222222, 15.4 3333, 16.1 2, 16.2 22222,
  16.3 2222, 16.4 222, 16.5 2223, 17.1 23, 17.2 22223333, 17.3 22`
    .split(/,\s+/)
    .map((section) => section.split(' ')),
);
/** The numbers of all requirements of level 1 and 2. */
const REQUIREMENTS = Object.entries(SECTIONS).flatMap(([section, levels]) =>
  [...levels].flatMap((level, index) => (level === '3' ? [] : [`${section}.${index + 1}`])),
);
const STATES = ['proved', 'documented', 'does not apply', 'not met'];

/** The files that a cell names as proofs, each with words of a title in it. */
const proofsIn = (cell: string) =>
  [...cell.matchAll(/`([\w./-]+\.ts)` “([^”]+)”/g)].map(([, file = '', words = '']) => ({ file, words }));

/** What is wrong with a page of the requirements; nothing if it is complete, and names proofs that exist. */
function faultsOf(page: string): string[] {
  const rows = [...page.matchAll(/^\| ([\d.]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)];
  const found: string[] = [];
  const counts = new Map(STATES.map((state) => [state, 0]));
  const seen = new Set<string>();
  for (const [, number = '', , state = '', where = ''] of rows) {
    const covered = REQUIREMENTS.filter((one) => one === number || one.startsWith(`${number}.`));
    if (covered.length === 0) found.push(`${number} is no requirement of level 1 or 2`);
    for (const one of covered.filter((one) => seen.has(one))) found.push(`${one} occurs twice`);
    for (const one of covered) seen.add(one);
    if (number !== covered[0] && state !== 'does not apply') found.push(`${number} has several requirements`);
    if (!counts.has(state)) found.push(`${number} has the state ${state}`);
    counts.set(state, (counts.get(state) ?? 0) + covered.length);
    const proofs = proofsIn(where);
    if (state === 'proved' && proofs.length === 0) found.push(`${number} names no test`);
    if (state === 'documented' && !/\]\(|`[\w./-]+\.ts`/.test(where)) found.push(`${number} names no file`);
    for (const { file, words } of proofs) {
      const isTest = /\.test\.ts$|^scripts\/box\/check-/.test(file);
      if (!isTest || !existsSync(join(root, file))) found.push(`${number}: ${file} is no test`);
      else if (words.split(' ').length < 3 || !read(file).includes(words))
        found.push(`${number}: “${words}” is no title in ${file}`);
    }
  }
  found.push(...REQUIREMENTS.filter((one) => !seen.has(one)).map((one) => `${one} is missing`));
  for (const [state, count] of counts) {
    if (!page.includes(`\n| ${state} | ${count} |\n`)) found.push(`${state} are ${count}`);
  }
  return found;
}

it('docs/security.md has every requirement of levels 1 and 2 once, and its tests, titles and counts exist', () => {
  expect([Object.values(SECTIONS).join('').length, REQUIREMENTS.length]).toEqual([345, 253]);
  expect(faultsOf(read('docs/security.md'))).toEqual([]);
});

it.each([
  ['a requirement without a line', /^\| 9\.1\.1 .*\n/m, '', '9.1.1 is missing'],
  ['a number that occurs twice', /^\| 9\.1\.2 /m, '| 9.1.1 ', '9.1.1 occurs twice'],
  ['a requirement of level 3', /^\| 4\.2\.1 /m, '| 4.2.2 ', '4.2.2 is no requirement of level 1 or 2'],
  [
    'a proof of a whole section',
    /^\| 4\.3 (.*) does not apply /m,
    '| 4.3 $1 proved ',
    '4.3 has several requirements',
  ],
  ['a test that does not exist', 'auth/tokens.test.ts', 'auth/no.test.ts', 'no.test.ts is no test'],
  ['a title that does not exist', 'any one character changed', 'any character changed', 'is no title in'],
  ['a wrong count', /^\| proved \| \d+ \|$/m, '| proved | 1 |', 'proved are'],
])('the check of docs/security.md finds %s', (_, from, to, fault) => {
  const page = read('docs/security.md').replace(from, to);
  expect(faultsOf(page).join('\n')).toContain(fault);
});
