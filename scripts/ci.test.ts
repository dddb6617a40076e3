import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'bisik-ci-'));
  for (const folder of ['.ci', 'bin']) mkdirSync(join(clone, folder));
  copyFileSync(fileURLToPath(new URL('../.ci/run', import.meta.url)), join(clone, '.ci/run'));
});
afterEach(() => rmSync(clone, { recursive: true }));

/** Runs .ci/run with given outcomes of `npm test` and `npm run test:box`, on a given kind of machine. */
function runCi(
  outcomes: { test: [string, number]; box: [string, number] },
  machine = { uid: 0, debian: true },
) {
  const program = (name: string, script: string) =>
    writeFileSync(join(clone, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const end = ([output, code]: [string, number]) => `printf '%b\\n' '${output}'; exit ${code};`;
  program('npm', `case "$*" in test) ${end(outcomes.test)}; 'run test:box') ${end(outcomes.box)}; esac`);
  program('id', `echo ${machine.uid}`);
  program('grep', `exit ${machine.debian ? 0 : 1}`);
  const env = { PATH: `${join(clone, 'bin')}:${process.env.PATH}` };
  const { status, stdout } = spawnSync('bash', ['.ci/run'], { cwd: clone, env, encoding: 'utf8' });
  return { status, stdout, last: stdout.trimEnd().split('\n').at(-1) };
}

test('.ci/run runs npm test and then npm run test:box, and its last line counts both', () => {
  const run = runCi({
    test: ['2000 passed, 0 failed\nAll checks passed.', 0],
    box: ['77 passed, 0 failed', 0],
  });
  expect(run).toMatchObject({ status: 0, last: '2077 passed, 0 failed' });
});

test('.ci/run fails when either of the two fails', () => {
  const passes: [string, number] = ['5 passed, 0 failed', 0];
  const fails: [string, number] = ['5 passed, 2 failed', 1];
  expect(runCi({ test: fails, box: passes })).toMatchObject({ status: 1, last: '5 passed, 2 failed' });
  expect(runCi({ test: passes, box: fails })).toMatchObject({ status: 1, last: '10 passed, 2 failed' });
  expect(runCi({ test: passes, box: ['no engine', 1] }).status).toBe(1);
});

test.each([
  { uid: 1000, debian: true },
  { uid: 0, debian: false },
])(
  'on a machine with %j, where the box cannot be tested, .ci/run says so and does not count it',
  (machine) => {
    const run = runCi({ test: ['5 passed, 0 failed', 0], box: ['77 passed, 0 failed', 0] }, machine);
    expect(run).toMatchObject({ status: 0, last: '5 passed, 0 failed' });
    expect(run.stdout).toContain('npm run test:box DID NOT RUN');
  },
);
