/** `npm run test:controls`: plants each fault in a copy of the code, and fails unless its harness notices it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Control } from './controls/control.ts';
import { CONTROLS } from './controls/registry.ts';
import { plant, type Verdict, verdictOf } from './controls/verdict.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** A test that hangs over its fault has not noticed it. */
const TIMEOUT_MS = 240_000;

const started = performance.now();
const seconds = () => Math.round((performance.now() - started) / 1000);
const wanted = process.argv.slice(2);
const chosen = CONTROLS.filter(({ row }) => wanted.length === 0 || wanted.includes(row));
const copy = copyOfCode();
try {
  const missed = chosen.filter((control) => !show(control, run(control)));
  // The control of the controls: a change that is no fault must come out as one that nothing has noticed.
  const [first] = chosen;
  if (!first) throw new Error(`There is no control of ${wanted.join(', ')}.`);
  const harmless = run({ ...first, to: first.from });
  if (harmless.isCaught) console.log(`✗ unchanged code was taken for a fault: ${harmless.by}`);
  const failures = missed.length + Number(harmless.isCaught);
  console.log(
    `\n${chosen.length - missed.length} of ${chosen.length} faults were noticed, in ${seconds()} s.`,
  );
  process.exitCode = failures === 0 ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true });
}

/** A copy of all files that git knows or would add, with the packages of this folder. */
function copyOfCode(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bisik-controls-'));
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { stdout, status } = spawnSync('git', list, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error('git did not list the files of this repository.');
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Runs the test of a control over the code with its fault, and restores the code. */
function run(control: Control): Verdict {
  const file = join(copy, control.file);
  const whole = readFileSync(file, 'utf8');
  const report = join(copy, 'report.json');
  writeFileSync(report, '');
  writeFileSync(file, plant(control, whole));
  try {
    spawnSync(process.execPath, vitest(control, report), {
      cwd: copy,
      // The fuzz finds its fault in the first requests to each operation.
      env: { ...process.env, FUZZ_RUNS: '5000' },
      stdio: 'ignore',
      timeout: TIMEOUT_MS,
      killSignal: 'SIGTERM',
    });
    return verdictOf(control, readFileSync(report, 'utf8'));
  } finally {
    writeFileSync(file, whole);
  }
}

function vitest({ test, title, only }: Control, report: string): string[] {
  const escaped = [title, only].filter((words) => words !== undefined).map(RegExp.escape);
  return [
    ...['node_modules/vitest/vitest.mjs', 'run', test, '-t', escaped.join('.*')],
    ...['--retry', '0', '--bail', '1', '--reporter', 'json', '--outputFile', report],
  ];
}

function show({ row, fault }: Control, verdict: Verdict): boolean {
  const line = verdict.isCaught ? `✓ ${row}: ${fault}` : `✗ ${row}: ${fault}: ${verdict.because}`;
  console.log(`${line} (${seconds()} s)`);
  return verdict.isCaught;
}
