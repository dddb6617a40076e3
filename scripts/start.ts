/** `npm start`: creates the keys at the first start, runs cipher-service and chat-core, and restarts them when they die. */
import { get } from 'node:http';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  createRecoveryKey,
  presentKey,
  readRecipient,
} from '../chat-core/src/commands/backup/recovery-key.ts';
import { readBackupSettings } from '../chat-core/src/commands/nightly/config.ts';
import { reachable, readConfig } from '../chat-core/src/config.ts';
import { CORE_OPTIONS } from '../chat-core/src/node-options.ts';
import { becomeOwner } from '../chat-core/src/storage/lowdb/disk/data-folder.ts';
import { readConfig as readCipherConfig } from '../cipher-service/src/config.ts';
import { CIPHER_OPTIONS } from '../cipher-service/src/node-options.ts';
import { readPassphrase } from '../cipher-service/src/passphrase.ts';
import { lossOf, setUp } from '../cipher-service/src/setup.ts';
import { type Supervised, supervise } from './supervise.ts';

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const env: NodeJS.ProcessEnv = {
  ...process.env,
  // Compiled code is cached: a start is faster, and each service needs 20 MB less.
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || path('node_modules/.cache/compiled'),
  FRONTEND_DIR: process.env.FRONTEND_DIR || path('chat-frontend/dist'),
  // At a terminal the address matters, not the log.
  LOG_LEVEL: process.env.LOG_LEVEL || (process.stdout.isTTY ? 'warn' : 'info'),
  // Ctrl-C waits for no load balancer.
  DRAIN_SECONDS: process.env.DRAIN_SECONDS || '0',
};

/** One Ctrl-C arrives twice, from the terminal and from npm: only a signal after this time ends at once. */
const FORCE_EXIT_AFTER_MS = 3000;

/** A slow box needs seconds for its first connection. */
const UNREADY_WARNING_MS = 20_000;
const MAX_PAUSE_MS = 5000;

const running: Supervised[] = [];
let stoppingSince: number | undefined;

async function stop(): Promise<void> {
  if (stoppingSince !== undefined) {
    if (performance.now() - stoppingSince > FORCE_EXIT_AFTER_MS) process.exit(1);
    return;
  }
  stoppingSince = performance.now();
  let clean = true;
  // The core first: its requests in progress need the cipher.
  for (const service of running.reverse()) clean = (await service.stop()) && clean;
  process.exit(clean ? 0 : 1);
}
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

try {
  const { keysDir, dataDir, port: corePort, drainMs } = readConfig(env);
  if (corePort === 0 || corePort >= 1024) becomeOwner(dataDir);
  const created = await setUp(keysDir, dataDir, readPassphrase(readCipherConfig()));
  const loss = lossOf(created, dataDir);
  if (loss) console.error(loss);
  if (created.length > 0) {
    console.log(`Made new keys (${created.length} files) in ${keysDir}.`);
    if ((await readRecipient(keysDir)) === undefined) await showRecoveryKey(keysDir);
  }

  const cipher = supervise('cipher-service', path('cipher-service/src/main.ts'), {
    execArgv: CIPHER_OPTIONS,
    // CIPHER_PORT=0 takes a free port once and keeps it, so that chat-core finds it again.
    env: (port) => ({ ...env, ...(port && { CIPHER_PORT: String(port) }) }),
  });
  running.push(cipher);
  const { port: cipherPort } = await cipher.ready;

  const core = supervise('chat-core', path('chat-core/src/main.ts'), {
    execArgv: CORE_OPTIONS,
    drainMs,
    env: (port) => ({ ...env, CIPHER_PORT: String(cipherPort), ...(port && { PORT: String(port) }) }),
  });
  running.push(core);
  const { port, isEmpty } = await core.ready;
  // A process of its own: a backup that fails, or takes all it may, leaves the core alone.
  if (readBackupSettings().target) {
    const backups = supervise('backups', path('chat-core/src/commands/backups.ts'), {
      env: () => ({ ...env, CIPHER_PORT: String(cipherPort) }),
    });
    running.push(backups);
    await backups.ready;
  }
  const host = process.env.HOST || '127.0.0.1';
  await untilReady(`http://${reachable(host)}:${port}/health/ready`);
  console.log(['Bisik is ready:', ...addresses(host, port)].join('\n  '));
  if (isEmpty) console.log('Nobody has an account yet: npm run invite prints the first invitation.');
} catch (error) {
  if (stoppingSince === undefined) {
    console.error((error as Error).message);
    for (const service of running) await service.stop();
    process.exit(1);
  }
}

/** Waits until messages can be sent and read; prints a warning if that takes long. */
async function untilReady(url: string): Promise<void> {
  const warning = setTimeout(() => {
    console.error(
      `Bisik runs and is not ready: messages cannot be sealed, or nothing can be written. It goes on trying; LOG_LEVEL=info says more. (${url})`,
    );
  }, UNREADY_WARNING_MS);
  // The pauses grow, because the core logs each refusal.
  for (let pause = 50; stoppingSince === undefined && (await statusOf(url)) !== 200; pause *= 2)
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, MAX_PAUSE_MS)));
  clearTimeout(warning);
  if (stoppingSince !== undefined) throw new Error('Stopped before it was ready.');
}

/** The status of the response, 0 without one. */
function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(0));
  });
}

/** Shows the recovery key at a terminal only: other output may be stored in a log, where no key may be. */
async function showRecoveryKey(keysDir: string): Promise<void> {
  if (process.stdout.isTTY) console.log(presentKey(await createRecoveryKey(keysDir)));
  else
    console.log(
      'Before the first backup: npm run backup -- --new-recovery-key, where you can read its answer.',
    );
}

/** The addresses of the page: on this machine, and in the home network when the core listens there. */
function addresses(host: string, port: number): string[] {
  const everywhere = host === '0.0.0.0' || host === '::';
  const external = Object.values(networkInterfaces())
    .flat()
    .filter((address) => address !== undefined && address.family === 'IPv4' && !address.internal)
    .map((address) => address?.address);
  const names = everywhere ? ['localhost', ...external] : [host === '127.0.0.1' ? 'localhost' : host];
  return names.map((name) => `http://${name?.includes(':') ? `[${name}]` : name}:${port}`);
}
