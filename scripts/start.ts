import { get } from 'node:http';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { lossOf, setUp } from 'cipher-service/src/setup.ts';
import { makeRecoveryKey, presentKey, readRecipient } from '../chat-core/src/commands/backup/recovery-key.ts';
import { reachable, readConfig } from '../chat-core/src/config.ts';
import { CORE_OPTIONS } from '../chat-core/src/node-options.ts';
import { becomeOwner } from '../chat-core/src/storage/lowdb/disk/data-folder.ts';
import { type Supervised, supervise } from './supervise.ts';

/** `npm start`: makes the keys at the first run, starts cipher-service and chat-core, and keeps them running. */

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const env: NodeJS.ProcessEnv = {
  ...process.env,
  // What was compiled once is not compiled again: a start is quicker, and each service takes 20 MB less.
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || path('node_modules/.cache/compiled'),
  FRONTEND_DIR: process.env.FRONTEND_DIR || path('chat-frontend/dist'),
  // A person at a terminal wants the address, not the journal of a service.
  LOG_LEVEL: process.env.LOG_LEVEL || (process.stdout.isTTY ? 'warn' : 'info'),
};

/** A terminal's Ctrl-C comes twice, from itself and from npm: only a later one means impatience. */
const IMPATIENT_AFTER_MS = 3000;

/** A slow box takes seconds to make its first connection. */
const UNREADY_AFTER_MS = 20_000;
const LONGEST_PAUSE_MS = 5000;

const running: Supervised[] = [];
let stoppingSince: number | undefined;

async function stop(): Promise<void> {
  if (stoppingSince !== undefined) {
    if (performance.now() - stoppingSince > IMPATIENT_AFTER_MS) process.exit(1);
    return;
  }
  stoppingSince = performance.now();
  let clean = true;
  // The core first: what it has under way still needs the cipher.
  for (const service of running.reverse()) clean = (await service.stop()) && clean;
  process.exit(clean ? 0 : 1);
}
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

try {
  const { keysDir, dataDir, port: corePort } = readConfig();
  if (corePort === 0 || corePort >= 1024) becomeOwner(dataDir);
  const made = await setUp(keysDir, dataDir);
  const loss = lossOf(made, dataDir);
  if (loss) console.error(loss);
  if (made.length > 0) {
    console.log(`Made new keys (${made.length} files) in ${keysDir}.`);
    if ((await readRecipient(keysDir)) === undefined) await tellRecoveryKey(keysDir);
  }

  const cipher = supervise('cipher-service', path('cipher-service/src/main.ts'), {
    // CIPHER_PORT=0 takes a free port once and keeps it, so that chat-core finds it again.
    env: (port) => ({ ...env, ...(port && { CIPHER_PORT: String(port) }) }),
  });
  running.push(cipher);
  const { port: cipherPort } = await cipher.ready;

  const core = supervise('chat-core', path('chat-core/src/main.ts'), {
    execArgv: CORE_OPTIONS,
    env: (port) => ({ ...env, CIPHER_PORT: String(cipherPort), ...(port && { PORT: String(port) }) }),
  });
  running.push(core);
  const { port, isEmpty } = await core.ready;
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

/** Waits until messages can be sent and read, and says so where that takes long. */
async function untilReady(url: string): Promise<void> {
  const late = setTimeout(() => {
    console.error(
      `Bisik runs and is not ready: messages cannot be sealed, or nothing can be written. It goes on trying; LOG_LEVEL=info says more. (${url})`,
    );
  }, UNREADY_AFTER_MS);
  // Each refusal is a line in the core's log.
  for (let pause = 50; stoppingSince === undefined && (await statusOf(url)) !== 200; pause *= 2)
    await new Promise((later) => setTimeout(later, Math.min(pause, LONGEST_PAUSE_MS)));
  clearTimeout(late);
  if (stoppingSince !== undefined) throw new Error('Stopped before it was ready.');
}

/** The status of an answer, 0 where there is none. */
function statusOf(url: string): Promise<number> {
  return new Promise((done) => {
    const asked = get(url, { agent: false, timeout: 5000 }, (answer) => {
      answer.resume();
      done(answer.statusCode ?? 0);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => done(0));
  });
}

/** Shows the recovery key to a person; where nobody looks, output is kept in a journal, and no key may stand there. */
async function tellRecoveryKey(keysDir: string): Promise<void> {
  if (process.stdout.isTTY) console.log(presentKey(await makeRecoveryKey(keysDir)));
  else
    console.log(
      'Before the first backup: npm run backup -- --new-recovery-key, where you can read its answer.',
    );
}

/** Where the page can be opened: on this machine, and in the home network when the core listens there. */
function addresses(host: string, port: number): string[] {
  const everywhere = host === '0.0.0.0' || host === '::';
  const outside = Object.values(networkInterfaces())
    .flat()
    .filter((address) => address !== undefined && address.family === 'IPv4' && !address.internal)
    .map((address) => address?.address);
  const names = everywhere ? ['localhost', ...outside] : [host === '127.0.0.1' ? 'localhost' : host];
  return names.map((name) => `http://${name?.includes(':') ? `[${name}]` : name}:${port}`);
}
