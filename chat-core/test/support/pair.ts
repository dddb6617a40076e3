import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { CIPHER_OPTIONS } from '../../../cipher-service/src/node-options.ts';
import { CORE_OPTIONS } from '../../src/node-options.ts';
import { type Running, startService } from './service.ts';

/** Preloads with which the core tolerates a slow or busy machine. */
const QUICK_HASHING = `--import=${new URL('quick-hashing.ts', import.meta.url)}`;
const EAGER_HASHING = `--import=${new URL('eager-hashing.ts', import.meta.url)}`;
const SLOW_STOPWATCH = `--import=${new URL('slow-stopwatch.ts', import.meta.url)}`;
const SLOW_ANSWERS = `--import=${new URL('slow-answers.ts', import.meta.url)}`;

/** Both real services, each in its own process, on free ports and with their own folders. */
export type Pair = {
  /** The base URL of chat-core, without a trailing slash. */
  url: string;
  dataDir: string;
  keysDir: string;
  core: () => Running;
  cipher: () => Running;
  stopCipher(): Promise<void>;
  /** Starts cipher-service again on the same port. */
  startCipher(): Promise<void>;
  /** Stops and starts chat-core on the same data and the same port. */
  restartCore(signal?: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
};

/**
 * `env` holds more variables for chat-core, for example FRONTEND_DIR, CORS_ORIGINS or RATE_LIMITS (off by default).
 * Its deadlines for the cipher are many times as long as on a box. A test of the deadlines themselves passes `real`, and
 * must accept a 503 whenever the machine is slow. A test about passwords passes `real` for `hashing`: else none is hashed.
 */
export async function startPair(
  env: Record<string, string> = {},
  {
    deadlines = 'lenient',
    hashing = 'quick',
    onCipher = () => {},
  }: {
    deadlines?: 'lenient' | 'real';
    hashing?: 'quick' | 'real';
    /** Learns the port of cipher-service before the core starts: of a relay that the core calls instead (CIPHER_PORT). */
    onCipher?: (port: number) => void;
  } = {},
): Promise<Pair> {
  const slow = process.env.SLOW_ANSWERS;
  const folder = await mkdtemp(join(tmpdir(), 'bisik-pair-'));
  const [dataDir, keysDir] = [join(folder, 'data'), join(folder, 'keys')];
  await cp(inject('keysDir'), keysDir, { recursive: true });

  let cipherPort = 0;
  const runCipher = () =>
    startService(
      'cipher-service',
      { CIPHER_PORT: String(cipherPort), KEYS_DIR: keysDir, LOG_LEVEL: 'debug' },
      CIPHER_OPTIONS,
    );
  let cipher = await runCipher();
  cipherPort = cipher.port;
  onCipher(cipherPort);

  let corePort = 0;
  const runCore = () =>
    startService(
      'chat-core',
      {
        PORT: String(corePort),
        CIPHER_PORT: String(cipherPort),
        DATA_DIR: dataDir,
        KEYS_DIR: keysDir,
        RATE_LIMITS: 'off',
        PUSH_HOSTS: 'any',
        LOG_LEVEL: 'debug',
        ...(slow ? { LATE_BY: slow } : {}),
        ...env,
      },
      [
        ...CORE_OPTIONS,
        hashing === 'quick' ? QUICK_HASHING : EAGER_HASHING,
        ...(deadlines === 'lenient' ? [SLOW_STOPWATCH] : []),
        ...(slow ? [SLOW_ANSWERS] : []),
      ],
    );
  let core = await runCore();
  corePort = core.port;

  return {
    url: `http://127.0.0.1:${corePort}`,
    dataDir,
    keysDir,
    core: () => core,
    cipher: () => cipher,
    stopCipher: async () => {
      await cipher.stop();
    },
    startCipher: async () => {
      cipher = await onceFree(runCipher);
    },
    restartCore: async (signal = 'SIGTERM') => {
      await core.stop(signal);
      core = await onceFree(runCore);
    },
    stop: async () => {
      await Promise.all([core.stop(), cipher.stop()]);
      await rm(folder, { recursive: true });
    },
  };
}

/** Retries while the port is in use: other tests may take it for the time of one request. */
async function onceFree(run: () => Promise<Running>): Promise<Running> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error as Error).message.includes('EADDRINUSE')) throw error;
    }
  }
}
