import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { CIPHER_OPTIONS } from '../../../cipher-service/src/node-options.ts';
import { CORE_OPTIONS } from '../../src/node-options.ts';
import { type Running, startService } from './service.ts';

const QUICK_HASHING = `--import=${new URL('quick-hashing.ts', import.meta.url)}`;
const SLOW_STOPWATCH = `--import=${new URL('slow-stopwatch.ts', import.meta.url)}`;

export type Core = Running & { url: string; dataDir: string };

/** Several cores on one database of PostgreSQL, with one cipher-service and one folder of files, unless FILES_URL is set. */
export type Cores = {
  keysDir: string;
  /** Starts one more core. `isExact`: it measures time as it is, else ten times too slow (slow-stopwatch.ts). */
  start(env?: Record<string, string>, isExact?: boolean): Promise<Core>;
  /** Starts a core again in the folder of one that has ended, on another port. */
  startAgain(core: Core, env?: Record<string, string>): Promise<Core>;
  stop(): Promise<void>;
};

export async function startCores(databaseUrl: string): Promise<Cores> {
  const folder = await mkdtemp(join(tmpdir(), 'bisik-cores-'));
  const [keysDir, filesDir] = [join(folder, 'keys'), join(folder, 'files')];
  await cp(inject('keysDir'), keysDir, { recursive: true });
  await mkdir(filesDir);
  const cipher = await startService(
    'cipher-service',
    { CIPHER_PORT: '0', KEYS_DIR: keysDir },
    CIPHER_OPTIONS,
  );
  const cores: Core[] = [];
  const startIn = async (dataDir: string, env: Record<string, string>, isExact = false) => {
    const running = await startService(
      'chat-core',
      {
        PORT: '0',
        CIPHER_PORT: String(cipher.port),
        DATA_DIR: dataDir,
        KEYS_DIR: keysDir,
        ...(env.FILES_URL === undefined && { FILES_DIR: filesDir }),
        DATABASE_URL: databaseUrl,
        RATE_LIMITS: 'off',
        LOG_LEVEL: 'debug',
        DRAIN_SECONDS: '0',
        ...env,
      },
      [...CORE_OPTIONS, QUICK_HASHING, ...(isExact ? [] : [SLOW_STOPWATCH])],
    );
    const core = { ...running, url: `http://127.0.0.1:${running.port}`, dataDir };
    cores.push(core);
    return core;
  };
  return {
    keysDir,
    start: (env = {}, isExact = false) => startIn(join(folder, `core-${cores.length + 1}`), env, isExact),
    startAgain: ({ dataDir }, env = {}) => startIn(dataDir, env),
    stop: async () => {
      await Promise.all([...cores.map((core) => core.stop()), cipher.stop()]);
      await rm(folder, { recursive: true });
    },
  };
}
