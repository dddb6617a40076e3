import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { noticesIn } from './notice.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bisik-closing-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs Vitest on this test file, with the reporter of this repository. */
function run(source: string): string {
  writeFileSync(join(folder, 'a.test.ts'), `import { expect, it } from 'vitest';\n${source}`);
  const config = `import { ClosingLine } from ${JSON.stringify(join(ROOT, 'scripts/closing-line.ts'))};
export default { test: { retry: 1, reporters: [new ClosingLine()] } };`;
  writeFileSync(join(folder, 'vitest.config.ts'), config);
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^VITEST/.test(name)));
  return spawnSync(process.execPath, [vitest, 'run'], { cwd: folder, env, encoding: 'utf8' }).stdout;
}

it('the end of the output names the tests that passed only at a second attempt, and counts the others', () => {
  const output = run(`let attempts = 0;
it('is right', () => undefined);
it('is a race', () => expect(attempts++).toBe(1));
it('is wrong', () => expect(1).toBe(2));
it.skip('is left out', () => undefined);`);
  const [text = '', ...others] = noticesIn(output);
  expect(others).toEqual([]);
  expect(text).toContain('1 PASSED ONLY AT A SECOND ATTEMPT');
  expect(text).toContain('a.test.ts > is a race');
  expect(text).not.toMatch(/is right|is wrong/);
  expect(output.trimEnd().split('\n').at(-1)).toBe('2 passed, 1 failed, 1 skipped');
});

it('without a second attempt there is no frame', () => {
  const output = run(`it('is right', () => undefined);`);
  expect([noticesIn(output), output.trim()]).toEqual([[], '1 passed, 0 failed']);
});
