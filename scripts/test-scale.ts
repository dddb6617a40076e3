/**
 * `npm run test:scale`: several cores on a real PostgreSQL, with a primary and a synchronous standby. Cores and databases are killed 100 times
 * while people write, two people chat in browsers at two cores meanwhile, and all other stories of several cores. Debian, root.
 * It ends with a transcript, and with exit code 1 when a test failed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findPostgres } from './find-postgres.ts';
import { type Report, transcriptOf } from './scale-transcript.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const TESTS = [
  'chat-core/test/scale',
  'chat-frontend/test/scale',
  'chat-core/src/storage/postgres/connections/failover.test.ts',
];
const HELP = `npm run test:scale -- [--kills 100] [--seed 1]

  --kills   how many times a core, the primary, the LISTEN connections or the database fail
  --seed    of what fails when
`;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(HELP);
else process.exitCode = test(values.kills, values.seed) ? 0 : 1;

/** Runs all tests, and prints the transcript. @returns whether each passed */
function test(kills: string, seed: string): boolean {
  installPostgres();
  const folder = mkdtempSync(join(tmpdir(), 'bisik-scale-'));
  const [results, figures] = [join(folder, 'results.json'), join(folder, 'figures.md')];
  try {
    const args = [
      'run',
      '--retry=0',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${results}`,
    ];
    const env = { ...process.env, SCALE_KILLS: kills, SCALE_SEED: seed, SCALE_FIGURES: figures };
    spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', ...args, ...TESTS], {
      cwd: root,
      stdio: 'inherit',
      env,
    });
    if (!existsSync(results)) throw new Error('The tests have not come to their end.');
    const { text, hasPassed } = transcriptOf(JSON.parse(readFileSync(results, 'utf8')) as Report, {
      subject: subject(),
      figures: existsSync(figures) ? readFileSync(figures, 'utf8') : 'There are no figures.',
    });
    console.log(text);
    return hasPassed;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Installs Debian's PostgreSQL where there is none: the tests use its programs, and start servers of their own. */
function installPostgres(): void {
  if (findPostgres()) return;
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const run = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'inherit', env });
    run('apt-get', 'update', '-qq');
    run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'postgresql');
  }
  if (!findPostgres())
    throw new Error('PostgreSQL is not installed: as root on Debian, apt-get install postgresql.');
}

/** The commit, the date, the machine and the version of PostgreSQL. */
function subject(): string {
  const of = (command: string, ...args: string[]) =>
    spawnSync(command, args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';
  const changed = of('git', 'status', '--porcelain') === '' ? '' : ' with changes';
  const commit = `${of('git', 'rev-parse', '--short', 'HEAD')}${changed}`;
  const version = of(join(findPostgres() ?? '', 'postgres'), '--version');
  return `commit ${commit}, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, ${cpus().length} × ${cpus()[0]?.model}, ${version}`;
}
