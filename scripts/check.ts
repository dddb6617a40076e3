/** `npm test`: all checks that a change must pass, the quickest first. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findPostgres } from './find-postgres.ts';
import { findFirefox } from './find-program.ts';
import { notice, noticesIn } from './notice.ts';
import { findPromtool } from './promtool.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const tool = (name: string) => `${root}node_modules/.bin/${name}`;

const STEPS: [string, string, string[]][] = [
  ['format and lint', tool('biome'), ['ci', '--error-on-warnings', '.']],
  ['unused files, exports and dependencies', tool('knip'), ['--no-progress']],
  ['types of chat-core', tool('tsc'), ['-p', 'chat-core']],
  ['types of cipher-service', tool('tsc'), ['-p', 'cipher-service']],
  ['types of chat-frontend', tool('tsc'), ['-p', 'chat-frontend']],
  ['types of scripts', tool('tsc'), ['-p', 'scripts']],
  ['digests of base images', process.execPath, ['scripts/pin-images.ts', '--check']],
  ['known flaws of packages', process.execPath, ['scripts/advisories.ts']],
  ['tests', process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)]],
];

/** These ask a registry; what they could not check is said again at the end. */
const ASKS_A_REGISTRY = ['known flaws of packages', 'digests of base images'];

const started = performance.now();
const notices: string[] = [];
for (const [name, command, args] of STEPS) {
  console.log(`\n# ${name}`);
  const stdout = ASKS_A_REGISTRY.includes(name) ? 'pipe' : 'inherit';
  const step = spawnSync(command, args, {
    cwd: root,
    stdio: ['inherit', stdout, 'inherit'],
    encoding: 'utf8',
  });
  const { status, error } = step;
  if (step.stdout) {
    process.stdout.write(step.stdout);
    notices.push(...noticesIn(step.stdout));
  }
  if (status !== 0) {
    console.error(`\nnpm test failed at: ${name}${error ? ` (${error.message})` : ''}`);
    process.exit(1);
  }
}
if (!findFirefox())
  notices.push(notice('The tests in Firefox DID NOT RUN: there is none on the PATH or at FIREFOX_PATH.'));
if (!findPromtool())
  notices.push(
    notice('docs/monitoring WAS NOT CHECKED: there is no promtool, and Debian’s could not be had.'),
  );
if (!findPostgres())
  notices.push(
    notice('The tests on PostgreSQL DID NOT RUN: it is not installed (apt-get install postgresql).'),
  );
for (const text of notices) console.log(text);
console.log(`\nAll checks passed in ${Math.round((performance.now() - started) / 1000)} s.`);
