import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecoveryKey } from '../chat-core/src/commands/backup/recovery-key.ts';
import { setUp } from '../cipher-service/src/setup.ts';
import { signalProcess } from './signal-process.ts';

/** Lets the services run on a slow or busy machine. */
const SLOW_MACHINE_PRELOADS = ['eager-hashing', 'slow-stopwatch']
  .map((name) => `--import=${new URL(`../chat-core/test/support/${name}.ts`, import.meta.url)}`)
  .join(' ');
const SLOW = { timeout: 120_000, interval: 50 };
const script = fileURLToPath(new URL('start.ts', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));

/** `npm start` would run `npm ci` in this working copy, which empties node_modules under the running tests. */
beforeAll(() => {
  const prepare = fileURLToPath(new URL('prepare.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [prepare, '--check'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
});

/** A complete set of keys, which each test copies: a set-up writes each file durably. */
let ready: string;
beforeAll(async () => {
  ready = mkdtempSync(join(tmpdir(), 'bisik-start-keys-'));
  await setUp(ready);
});
afterAll(() => rmSync(ready, { recursive: true }));

let folder: string;
let started: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bisik-start-'));
  for (const name of ['one', 'two']) cpSync(ready, join(folder, name, 'keys'), { recursive: true });
  started = [];
});
afterEach(async () => {
  for (const child of started) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true });
});

type Started = { child: ChildProcess; output: () => string; url: () => Promise<string> };

function start(
  name = 'one',
  env: Record<string, string> = {},
  command = [process.execPath, script],
  cwd = root,
): Started {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd,
    // A process group of its own, as at a terminal: a test signals the whole group.
    detached: true,
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      CIPHER_PORT: '0',
      DATA_DIR: join(folder, name, 'data'),
      KEYS_DIR: join(folder, name, 'keys'),
      NODE_OPTIONS: SLOW_MACHINE_PRELOADS,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const url = () =>
    vi.waitFor(() => {
      const [, found] = /Bisik is ready:\s+(http:\S+)/.exec(output) ?? [];
      if (!found) throw new Error(`no address in: ${output}`);
      return found;
    }, SLOW);
  return { child, output: () => output, url };
}

type Process = { pid: number; parent: number; group: number; command: string };

const hasIPv6 = () =>
  Object.values(networkInterfaces())
    .flat()
    .some((one) => one?.address === '::1');

/** All processes of the machine. */
function processes(): Process[] {
  const { stdout } = spawnSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,pgid=,command='], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, group, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined
      ? []
      : [{ pid: Number(pid), parent: Number(parent), group: Number(group), command }];
  });
}

/** The services that a supervisor runs. */
function childrenOf({ child }: Started): Process[] {
  return processes().filter(({ parent }) => parent === child.pid);
}

/** Waits until messages can be sent and read. */
async function untilReady(url: string): Promise<void> {
  const ask = () => fetch(`${url}/health/ready`).then(({ status }) => status);
  await vi.waitFor(async () => expect(await ask()).toBe(200), SLOW);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('npm start', () => {
  it('npm start with a folder for backups makes them in a process of its own, which ends with it', async () => {
    const usb = join(folder, 'usb');
    mkdirSync(usb);
    await createRecoveryKey(join(folder, 'one', 'keys'));
    const scratch = join(folder, 'scratch');
    const one = start('one', { BACKUP_TARGET: usb, BACKUP_SCRATCH_DIR: scratch });
    await untilReady(await one.url());
    const isThere = (name: string) => childrenOf(one).find(({ command }) => command.includes(name));
    expect(isThere('commands/backups.ts')).toBeDefined();
    const state = () => JSON.parse(readFileSync(join(scratch, 'state.json'), 'utf8'));
    await vi.waitFor(() => expect(state()).toMatchObject({ rehearsal: 'ok', running: false }), SLOW);
    expect(readdirSync(usb).filter((name) => name.endsWith('.age'))).toHaveLength(1);
    const pid = isThere('commands/backups.ts')?.pid ?? 0;
    one.child.kill('SIGTERM');
    await once(one.child, 'exit');
    expect(isAlive(pid)).toBe(false);
  });

  it('npm start creates keys once, which only their owner can read, and serves the page with a strict policy', async () => {
    rmSync(join(folder, 'one', 'keys'), { recursive: true });
    const first = start();
    const url = await first.url();
    expect(first.output()).toContain('new keys');
    const page = await fetch(url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Bisik');
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*trusted-types/);
    await untilReady(`${url}/api`);

    const keys = join(folder, 'one', 'keys');
    const files = [
      'core/storage.key',
      'core/token.key',
      'core/push.key',
      'core/client.key.pem',
      'cipher/keyring.json',
      'cipher/server.key.pem',
    ];
    for (const file of files) expect([file, statSync(join(keys, file)).mode & 0o777]).toEqual([file, 0o600]);
    for (const dir of ['core', 'cipher']) expect(statSync(join(keys, dir)).mode & 0o777).toBe(0o700);

    const contents = () => files.map((file) => readFileSync(join(keys, file)).toString('base64'));
    const before = contents();
    first.child.kill('SIGTERM');
    expect(await once(first.child, 'exit')).toEqual([0, null]);
    const second = start();
    await second.url();
    expect(contents()).toEqual(before);
    expect(second.output()).not.toContain('new keys');
  });

  it('npm start runs each service with its options for memory, in a process group of its own', async () => {
    const pair = start();
    await pair.url();
    const core = childrenOf(pair).find(({ command }) => command.includes('chat-core'));
    expect(core?.command).toContain('--max-old-space-size=512');
    const cipher = childrenOf(pair).find(({ command }) => command.includes('cipher-service'));
    expect(cipher?.command).toContain('--max-semi-space-size=1');
    await vi.waitFor(() => expect(pair.output()).toContain('heapLimitMiB'), SLOW);
    expect(Number(/"heapLimitMiB":(\d+)/.exec(pair.output())?.[1])).toBeLessThan(800);
    // Each leads a process group of its own.
    for (const { pid, group } of childrenOf(pair)) expect(group).toBe(pid);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'npm start stops both services on %s with exit code 0',
    async (signal) => {
      const pair = start();
      await pair.url();
      const children = childrenOf(pair);
      expect(children).toHaveLength(2);
      pair.child.kill(signal);
      expect(await once(pair.child, 'exit')).toEqual([0, null]);
      for (const { pid } of children) expect(isAlive(pid)).toBe(false);
    },
  );

  it('npm start ends with exit code 0 on Ctrl-C, which signals npm and all its processes at once', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const pair = start('one', { HOME: folder, NODE_OPTIONS: '' }, ['npm', 'start', '--silent']);
      await pair.url();
      const own = processes().filter(
        ({ command }) => command.includes(script.slice(root.length)) && command.includes('node'),
      );
      expect(own.length).toBeGreaterThan(0);
      signalProcess(-(pair.child.pid ?? 0), signal);
      expect(await once(pair.child, 'exit')).toEqual([0, null]);
    }
  });

  it('npm start restarts a service that dies, on the same port', async () => {
    const pair = start();
    const url = await pair.url();
    const portsOf = (message: string) =>
      [...pair.output().matchAll(new RegExp(`"port":(\\d+).*"msg":"${message}"`, 'g'))].map(
        ([, port]) => port,
      );
    for (const [name, message] of [
      ['chat-core', 'ready'],
      ['cipher-service', 'listening'],
    ] as const) {
      await vi.waitFor(() => expect(portsOf(message)).toHaveLength(1), SLOW);
      const victim = childrenOf(pair).find(({ command }) => command.includes(name));
      signalProcess(victim?.pid, 'SIGKILL');
      await vi.waitFor(() => {
        expect(portsOf(message)).toHaveLength(2);
        expect(pair.output()).toContain(`${name} ended (SIGKILL); starting it again`);
      }, SLOW);
      expect(portsOf(message)[1]).toBe(portsOf(message)[0]);
      await untilReady(url);
    }
  });

  it('no service runs on after npm start is killed', async () => {
    const pair = start();
    await pair.url();
    const children = childrenOf(pair);
    pair.child.kill('SIGKILL');
    await vi.waitFor(() => expect(children.filter(({ pid }) => isAlive(pid))).toEqual([]), SLOW);
  });

  it('npm start names npm run invite when registration is by invitation and there is no account', async () => {
    const pair = start('one', { REGISTRATION: 'invite' });
    await pair.url();
    await vi.waitFor(
      () => expect(pair.output()).toContain('\nNobody has an account yet: npm run invite prints'),
      SLOW,
    );
  });

  it('npm start prints that it is ready once messages can be sent, with cipher-service at ::1 and a new relative DATA_DIR', async () => {
    if (!hasIPv6()) console.warn('NOT CHECKED: this machine has no ::1.');
    const env = { ...(hasIPv6() && { CIPHER_HOST: '::1' }), DATA_DIR: 'x/data' };
    const pair = start('one', env, undefined, folder);
    expect((await fetch(`${await pair.url()}/health/ready`)).status).toBe(200);
    expect(existsSync(join(folder, 'x', 'data', 'meta.json'))).toBe(true);
  });

  it('npm start does not print that it is ready while cipher-service cannot be reached', async () => {
    const pair = start('one', { CIPHER_URL: 'https://127.0.0.1:1' });
    const port = () => /"port":(\d+),"heapLimitMiB/.exec(pair.output())?.[1];
    await vi.waitFor(() => expect(port()).toBeDefined(), SLOW);
    const ready = () => fetch(`http://127.0.0.1:${port()}/health/ready`);
    expect((await ready()).status).toBe(503);
    pair.child.kill('SIGTERM');
    expect(await once(pair.child, 'exit')).toEqual([0, null]);
    expect(pair.output()).not.toContain('Bisik is ready');
  });

  it('npm start creates no new keyring beside existing data, and prints what a new session key means', async () => {
    const pair = start();
    await pair.url();
    pair.child.kill('SIGTERM');
    await once(pair.child, 'exit');
    const keys = join(folder, 'one', 'keys');
    renameSync(keys, `${keys}-gone`);
    const without = start();
    expect(await once(without.child, 'close')).toEqual([1, null]);
    expect(without.output()).toMatch(/cipher\/keyring\.json is missing, and what .*data holds/);
    expect(without.output()).not.toMatch(/\n\s+at /);
    expect(existsSync(keys)).toBe(false);
    renameSync(`${keys}-gone`, keys);
    rmSync(join(keys, 'core', 'token.key'));
    const restarted = start();
    await restarted.url();
    expect(restarted.output()).toContain('everybody logs in again');
  });

  it('several instances of npm start can run at the same time', async () => {
    const [one, two] = [start('one'), start('two')];
    const urls = await Promise.all([one.url(), two.url()]);
    expect(new Set(urls).size).toBe(2);
    const body = JSON.stringify({ username: 'ani', password: 'kopi-tubruk-pagi' });
    const headers = { 'Content-Type': 'application/json' };
    for (const url of urls) {
      expect((await fetch(`${url}/auth/register`, { method: 'POST', headers, body })).status).toBe(200);
    }
  });

  it.each([
    ['PORT', 'eighty'],
    ['CIPHER_PORT', 'x'],
    ['REGISTRATION', 'friends'],
    ['FRONTEND_DIR', join(tmpdir(), 'no-such-page')],
  ])('npm start refuses %s=%s in one sentence that names it, and ends', async (name, value) => {
    const pair = start('one', { [name]: value });
    // Output may arrive after the exit.
    expect(await once(pair.child, 'close')).toEqual([1, null]);
    expect(pair.output()).toMatch(new RegExp(`\\b${name}\\b`));
    expect(pair.output()).not.toMatch(/\n\s+at /);
  });
});
