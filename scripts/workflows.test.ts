import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findProgram } from './find-program.ts';
import { flawsOf, programsOf, type Workflow } from './workflows.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const FILES = globSync('.github/workflows/*.yml', { cwd: root }).sort();
const RELEASE = '.github/workflows/release.yml';

describe('the workflows', () => {
  it('are those of the check and of a release', () => {
    expect(FILES).toEqual(['.github/workflows/ci.yml', RELEASE]);
  });

  it.each(FILES)('%s is pinned, limited in time and may do no more than it needs', (file) => {
    expect(flawsOf(read(file))).toEqual([]);
  });

  it.each(FILES)('the programs of %s are ones that bash can read', (file) => {
    for (const { job, run } of programsOf(parse(read(file)) as Workflow)) {
      const { stderr } = spawnSync('bash', ['-n'], { input: run, encoding: 'utf8' });
      expect([job, stderr]).toEqual([job, '']);
    }
  });

  it.each(FILES)('shellcheck, where it is installed, finds nothing in the programs of %s', (file) => {
    const shellcheck = findProgram('shellcheck');
    if (!shellcheck) return;
    for (const { job, run } of programsOf(parse(read(file)) as Workflow)) {
      const { stdout } = spawnSync(shellcheck, ['-s', 'bash', '-'], {
        // As GitHub runs them.
        input: `set -e\n${run}`,
        encoding: 'utf8',
      });
      expect([job, stdout]).toEqual([job, '']);
    }
  });

  it('the programs run only scripts and commands that are there', () => {
    const { scripts } = JSON.parse(read('package.json'));
    for (const file of FILES)
      for (const { run } of programsOf(parse(read(file)) as Workflow)) {
        for (const [, script = ''] of run.matchAll(/\bnode (scripts\/[\w.-]+)/g))
          expect([script, existsSync(join(root, script))]).toEqual([script, true]);
        for (const [, name = ''] of run.matchAll(/npm run (?:--silent )?([\w:-]+)(?! -w)\b/g))
          expect([name, name in scripts]).toEqual([name, true]);
      }
  });

  it('each planted flaw is found', () => {
    const sound = read(RELEASE);
    const plant = (from: string | RegExp, to: string) => {
      const text = sound.replace(from, to);
      expect(text).not.toBe(sound);
      return flawsOf(text).join('\n');
    };
    expect(plant(/docker\/login-action@\S+ # v3.4.0/, 'docker/login-action@v3')).toMatch(
      'is not pinned by commit',
    );
    expect(plant(/(docker\/login-action@\S+) # v3.4.0/, '$1')).toMatch('with its version as a comment');
    expect(plant('permissions:\n  contents: read', 'permissions:\n  contents: write')).toMatch('may do more');
    expect(plant('timeout-minutes: 30', 'continue-on-error: false')).toMatch('attack: has no time limit');
    expect(plant('persist-credentials: false', 'fetch-depth: 1')).toMatch('leaves the token in the clone');
    expect(plant('"$GITHUB_REF_NAME")', `"\${{ github.ref_name }}")`)).toMatch(
      'puts an expression into a program',
    );
    expect(plant('runs-on: ubuntu-24.04', 'runs-on: ubuntu-latest')).toMatch('without an exact version');
    expect(plant('needs: [version, image]', 'needs: [version, images]')).toMatch(
      'needs images, which is no job',
    );
    expect(plant('needs: [version, image, attack]', 'needs: [image, attack]')).toMatch(
      'reads the output version',
    );
    expect(plant('steps.build.outputs.digest', 'steps.built.outputs.digest')).toMatch('the step built');
    expect(plant('    environment: page', `    env: { T: "\${{ secrets.T }}" }`)).toMatch(
      'gives a secret to all',
    );
  });

  it('an image gets its version only after the tests, the scan and the attack passed', () => {
    const { jobs } = parse(read(RELEASE)) as Workflow;
    expect(jobs.image?.needs).toContain('check');
    expect(jobs.attack?.needs).toContain('image');
    expect(jobs.publish?.needs).toContain('attack');
    const names = jobs.image?.steps?.map(({ name, uses }) => name ?? uses?.split('@')[0] ?? '') ?? [];
    const scan = names.findIndex((name) => name.startsWith('Search for known flaws'));
    expect(scan).toBeGreaterThan(names.indexOf('Build for both processors'));
    expect(names.indexOf('Sign')).toBeGreaterThan(scan);
    // The build gives no tag: only the job `publish` does.
    expect(JSON.stringify(jobs.image)).not.toContain('"tags"');
    expect(JSON.stringify(jobs.image)).toContain('push-by-digest=true');
  });

  it('each image is built for both processors from a Dockerfile that is there', () => {
    const { jobs } = parse(read(RELEASE)) as Workflow;
    const build = JSON.stringify(jobs.image);
    expect(build).toContain('"linux/amd64,linux/arm64"');
    for (const image of ['bisik-core', 'bisik-cipher']) expect(build).toContain(`"image":"${image}"`);
    for (const [, file = ''] of build.matchAll(/"dockerfile":"([^"]+)"/g))
      expect([file, existsSync(join(root, file))]).toEqual([file, true]);
  });

  it('each line of the rules for the attack is a rule, an action and a reason', () => {
    const lines = read('.github/zap-rules.tsv').trimEnd().split('\n').slice(1);
    for (const line of lines) expect(line).toMatch(/^\d{5}\t(FAIL|IGNORE)\t\(.+\)$/);
    expect(lines.length).toBeGreaterThan(10);
  });

  it('newer versions are proposed for every kind of file that names one', () => {
    const { updates } = parse(read('.github/dependabot.yml')) as {
      updates: { 'package-ecosystem': string; directory?: string; directories?: string[] }[];
    };
    const kinds = updates.map((one) => one['package-ecosystem']);
    expect(kinds).toEqual(['npm', 'github-actions', 'docker', 'docker-compose', 'terraform']);
    for (const { directory, directories } of updates)
      for (const folder of directories ?? [directory])
        expect([folder, existsSync(join(root, folder ?? ''))]).toEqual([folder, true]);
  });
});
