import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CIPHER_OPTIONS } from '../../cipher-service/src/node-options.ts';
import { CORE_OPTIONS } from '../src/node-options.ts';
import { type Running, startService } from '../test/support/service.ts';
import { ask, type Sender } from './ask.ts';
import { PASSWORD } from './fill.ts';
import type { Order, Result } from './message-load.ts';
import type { Written } from './probe.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export type Reading = { stallMs: number; rssMiB: number; written: Written };

export type Server = {
  url: string;
  cipherUrl: string;
  /** Milliseconds from the start of the process until it is ready. */
  readyMs: number;
  /** The longest stall of the event loop since the last call, memory now, and bytes the storage wrote since the start. */
  probe(): Promise<Reading>;
  stop(): Promise<void>;
};

export async function startCipher(keysDir: string): Promise<{ url: string; running: Running }> {
  const env = { CIPHER_PORT: '0', KEYS_DIR: keysDir, LOG_LEVEL: 'warn' };
  const running = await startService('cipher-service', env, CIPHER_OPTIONS);
  return { url: `https://localhost:${running.port}`, running };
}

/** chat-core as `npm start` runs it, with probe.ts preloaded. */
export async function startServer(
  folder: { dataDir: string; keysDir: string },
  cipherUrl: string,
  env: Record<string, string> = {},
): Promise<Server> {
  const started = performance.now();
  const core = await startService(
    'chat-core',
    {
      PORT: '0',
      CIPHER_URL: cipherUrl,
      DATA_DIR: folder.dataDir,
      KEYS_DIR: folder.keysDir,
      RATE_LIMITS: 'off',
      LOG_LEVEL: 'error',
      ...env,
    },
    [...CORE_OPTIONS, '--import', path('probe.ts')],
  );
  return {
    url: `http://127.0.0.1:${core.port}`,
    cipherUrl,
    readyMs: performance.now() - started,
    probe: async () => {
      core.process.send({ type: 'probe' });
      for (;;) {
        const [message] = (await once(core.process, 'message')) as [Reading & { type?: string }];
        if (message.type === 'probe') return message;
      }
    },
    stop: async () => {
      await core.stop();
    },
  };
}

/** People u0 … u(count-1) logged in, each with one of their conversations. */
export async function logInMany(url: string, count: number): Promise<Sender[]> {
  const senders: Sender[] = [];
  for (let n = 0; n < count; n++) {
    const { text } = await ask(url, '/auth/login', '', { username: `u${n}`, password: PASSWORD });
    const { id, token } = JSON.parse(text) as { id: string; token: string };
    const delta = JSON.parse((await ask(url, '/sync', token)).text) as { conversations: { id: string }[] };
    senders.push({ id, token, conversationId: delta.conversations[0]?.id ?? '' });
  }
  return senders;
}

/** Sends messages from another process. */
export async function load(order: Order): Promise<Result> {
  const child = fork(path('message-load.ts'));
  child.send(order);
  const [result] = (await once(child, 'message')) as [Result];
  return result;
}
