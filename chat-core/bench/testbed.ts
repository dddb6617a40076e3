import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CIPHER_OPTIONS } from '../../cipher-service/src/node-options.ts';
import { setUp } from '../../cipher-service/src/setup.ts';
import { CORE_OPTIONS } from '../src/node-options.ts';
import { RATE_NAMES } from '../src/rates.ts';
import { type Running, startService } from '../test/support/service.ts';
import type { Sender } from './ask.ts';
import type { Pair } from './drive/deliver.ts';
import { cursorsOf } from './drive/polls.ts';
import { type Filling, fill } from './fill.ts';
import { LOAD_CORE, pin, SERVER_CORE } from './processes.ts';

/** Limits that count as on a real server and are never reached; `off` would save the cost of counting. */
const RATE_LIMITS = RATE_NAMES.map((name) => `${name}=999999/60`).join();

export type Started = {
  port: number;
  pid: number;
  process: ChildProcess;
  log(): string;
  stop(): Promise<unknown>;
};

/** Folders with keys and a filled database, and their cipher-service; `remove` stops every core started on them. */
export type Testbed = {
  folder: string;
  people: Sender[];
  cipher(): Started;
  /** A new process at the same port. */
  restartCipher(): Promise<void>;
  /** chat-core as `npm start` runs it, except for its rate limits, alone on a processor core, without code of the benchmark. */
  startCore(options?: { env?: Record<string, string>; execArgv?: string[] }): Promise<Started>;
  remove(): Promise<void>;
};

/** Creates a data folder and fills it. */
export async function createTestbed(
  parent: string | undefined,
  filling: Filling,
  { cipherArgv = [] }: { cipherArgv?: string[] } = {},
): Promise<Testbed> {
  const folder = await mkdtemp(join(parent ?? tmpdir(), 'bisik-bench-'));
  const [dataDir, keysDir] = [join(folder, 'data'), join(folder, 'keys')];
  await setUp(keysDir);
  const startCipher = async (port: number) =>
    started(
      await startService(
        'cipher-service',
        { CIPHER_PORT: String(port), KEYS_DIR: keysDir, LOG_LEVEL: 'warn' },
        [...CIPHER_OPTIONS, ...cipherArgv],
      ),
      LOAD_CORE,
    );
  let cipher = await startCipher(0);
  const cores = new Set<Started>();
  const cipherUrl = `https://localhost:${cipher.port}`;
  const people = await fill({ dataDir, keysDir }, cipherUrl, filling);
  return {
    folder,
    people,
    cipher: () => cipher,
    restartCipher: async () => {
      await cipher.stop();
      cipher = await startCipher(cipher.port);
    },
    startCore: async ({ env = {}, execArgv = [] } = {}) => {
      const service = await startService(
        'chat-core',
        {
          PORT: '0',
          CIPHER_URL: cipherUrl,
          DATA_DIR: dataDir,
          KEYS_DIR: keysDir,
          RATE_LIMITS,
          LOG_LEVEL: 'error',
          ...env,
        },
        [...CORE_OPTIONS, ...execArgv],
      );
      const core = started(service, SERVER_CORE);
      cores.add(core);
      return {
        ...core,
        stop: async () => {
          cores.delete(core);
          await core.stop();
        },
      };
    },
    remove: async () => {
      for (const core of cores) await core.stop();
      await cipher.stop();
      await rm(folder, { recursive: true });
    },
  };
}

function started({ port, process, log, stop }: Running, core: number): Started {
  const pid = process.pid ?? 0;
  pin(pid, core);
  return { port, pid, process, log, stop: () => stop() };
}

/** The first `count` pairs of friends, each with the current cursor of its second person. */
export async function pairsOf(port: number, people: Sender[], count: number): Promise<Pair[]> {
  const [from, to] = [0, 1].map((side) => people.filter((_, n) => n % 2 === side).slice(0, count));
  const cursors = await cursorsOf(port, to ?? []);
  return (from ?? []).map((person, n) => ({
    from: person,
    to: to?.[n] as Sender,
    cursor: cursors[n] ?? '',
  }));
}

/** `count` people from `start` on of whom no two are friends, so that their presence changes no delta of the others. */
export function strangers(people: Sender[], count: number, start = 0): Sender[] {
  return people
    .slice(start)
    .filter((_, n) => n % 2 === 0)
    .slice(0, count);
}
