import { rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { retry } from './retry.ts';
import { must, type Outcome, run } from './shell.ts';
import type { Transcript } from './transcript.ts';

/** Each answers `--help` with its usage. */
const COMMANDS = [
  ...['backup', 'restore', 'verify', 'repair', 'import', 'export'],
  ...['invite', 'reports', 'reset-password', 'soak'],
];

/** A clone in which nothing is installed, and the machine's own Node: each command works at its first call. */
export async function checkFreshClone(root: string, folder: string, t: Transcript): Promise<void> {
  const cwd = join(folder, 'clone');
  const local = ['-c', `safe.directory=${root.replace(/\/$/, '')}`, '-c', 'safe.directory=*'];
  await must('git', [...local, 'clone', '--quiet', '--no-local', root, cwd]);
  // What npm gives its scripts would give them this clone's Node 24 too.
  const own = Object.keys(process.env).filter((name) => /^npm_|^NODE_|^INIT_CWD$/.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.includes('node_modules'));
  const env = { ...Object.fromEntries(own.map((name) => [name, undefined])), PATH: path.join(delimiter) };
  const version = await must('node', ['--version'], { cwd, env });
  t.say(`A clone of the commit above, nothing installed; the machine's own Node is ${version}.`);
  const help = (name: string) => run('npm', ['run', '--silent', name, '--', '--help'], { cwd, env });

  const [first = '', ...others] = COMMANDS;
  const began = performance.now();
  const answered = await retry(async () => {
    const outcome = await help(first);
    if (outcome.code !== 0) throw new Error(outcome.out);
    return outcome;
  }, t.say);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const isUsage = (name: string, { code, out }: Outcome) => code === 0 && out.includes(`npm run ${name}`);
  t.check(`npm run ${first} installs what it needs, then answers`, isUsage(first, answered), `${seconds} s`);
  const silent: string[] = [];
  for (const name of others) if (!isUsage(name, await help(name))) silent.push(name);
  t.check(`so do ${others.join(', ')}`, silent.length === 0, silent.join(' ') || 'all of them');
  rmSync(cwd, { recursive: true });
}
