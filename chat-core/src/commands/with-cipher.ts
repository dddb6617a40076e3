import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cipher } from '../cipher/cipher.ts';
import { openCipher } from '../cipher/client.ts';
import type { Config } from '../config.ts';
import { createLog } from '../log.ts';

const START_TIMEOUT_MS = 60_000;
const SERVICE = fileURLToPath(new URL('../../../cipher-service/src/main.ts', import.meta.url));

/**
 * Runs `work` with the cipher-service at CIPHER_URL; where none answers, with one started on a free port and stopped
 * afterwards. @throws Error when there are no keys, or no cipher-service can be started
 */
export async function withCipher<T>(config: Config, work: (cipher: Cipher) => Promise<T>): Promise<T> {
  if (!existsSync(join(config.keysDir, 'core', 'client.pem'))) {
    throw new Error(`There are no keys in ${config.keysDir}: start the box once, or set KEYS_DIR.`);
  }
  const log = createLog('silent');
  const running = openCipher(config.cipherUrl, config.keysDir, log);
  try {
    if (await running.isUp()) return await work(running);
  } finally {
    running.close();
  }
  if (!existsSync(SERVICE)) {
    throw new Error(`cipher-service does not answer at ${config.cipherUrl}, and is not here to be started.`);
  }
  const own = await startCipher(config);
  const cipher = openCipher(`https://127.0.0.1:${own.port}`, config.keysDir, log);
  try {
    return await work(cipher);
  } finally {
    cipher.close();
    await own.stop();
  }
}

async function startCipher({ keysDir, cipherEnv }: Config): Promise<{ port: number; stop(): Promise<void> }> {
  const child = fork(SERVICE, {
    execArgv: [],
    env: {
      ...cipherEnv,
      CIPHER_PORT: '0',
      CIPHER_HOST: '127.0.0.1',
      KEYS_DIR: resolve(keysDir),
      LOG_LEVEL: 'silent',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const timeout = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  const port = await new Promise<number>((ready, fail) => {
    child.on('message', (message: { type?: string; port?: number }) => {
      if (message.type === 'ready' && message.port) ready(message.port);
    });
    child.once('exit', () => fail(new Error('cipher-service could not be started.')));
  }).finally(() => clearTimeout(timeout));
  return {
    port,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}
