import { type ChildProcess, fork } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { constants, setPriority } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('./bcrypt-worker.ts', import.meta.url));
/** Logins arrive in bursts; between them the process, some 50 MB, is stopped. */
const IDLE_MS = 30_000;
/** A process that is silent for this long hangs; at the lowest priority a hash may take most of a minute. */
const TIMEOUT_MS = 120_000;

/** Compares when `stored` is given, else hashes. */
export type HashRequest = { n: number; text: string; stored?: string; cost?: number };
/** No `value` when bcrypt failed. */
export type HashResponse = { n: number; value?: string | boolean };

type Pending = {
  input: Omit<HashRequest, 'n'>;
  resolve: (value: string | boolean | Promise<string | boolean>) => void;
  reject: (error: Error) => void;
};
type Running = { child: ChildProcess; pending: Map<number, Pending>; timeout?: NodeJS.Timeout };

let running: Running | undefined;
let idle: NodeJS.Timeout | undefined;
let count = 0;
/** True once no process could be started: then hashing runs in this process, so that logins still work. */
let isInProcess = false;

/** The bcrypt hash of a text. @throws when the worker process ends */
export function hash(text: string, cost: number): Promise<string> {
  return request({ text, cost }) as Promise<string>;
}

/** Whether a bcrypt hash is of this text. @throws when the worker process ends */
export function compare(text: string, stored: string): Promise<boolean> {
  return request({ text, stored }) as Promise<boolean>;
}

async function request(input: Omit<HashRequest, 'n'>): Promise<string | boolean> {
  clearTimeout(idle);
  if (!isInProcess) running ??= tryStart();
  if (!running) return runInProcess(input);
  const { child, pending } = running;
  child.channel?.ref();
  const n = count++;
  return new Promise((resolve, reject) => {
    pending.set(n, { input, resolve, reject });
    if (running && pending.size === 1) startTimeout(running);
    // A process that cannot receive ends, and its end settles what is pending.
    child.send({ n, ...input } satisfies HashRequest, () => {});
  });
}

function tryStart(): Running | undefined {
  try {
    const started = start();
    if (started.child.pid !== undefined) return started;
    hashInProcess('no process can be started');
  } catch (error) {
    // fork throws for some reasons and emits an event for others.
    hashInProcess((error as Error).message);
  }
  return undefined;
}

function hashInProcess(why: string): void {
  isInProcess = true;
  process.emitWarning(`Passwords are hashed in the main process, which blocks other requests: ${why}.`);
}

async function runInProcess({ text, stored, cost }: Omit<HashRequest, 'n'>): Promise<string | boolean> {
  const bcrypt = await import('bcrypt');
  return stored === undefined ? bcrypt.hash(text, cost ?? 10) : bcrypt.compare(text, stored);
}

function start(): Running {
  // It inherits no environment and no options of this process, only the compile cache: 15 MB less.
  const compiled = getCompileCacheDir();
  const child = fork(WORKER, {
    env: compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // Before it starts Node, which takes more time than a hash; its threads inherit the priority.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const started: Running = { child, pending: new Map() };
  child.unref();
  let hasAnswered = false;
  child.on('message', ({ n, value }: HashResponse) => {
    hasAnswered = true;
    const request = started.pending.get(n);
    started.pending.delete(n);
    if (value === undefined) request?.reject(new Error('bcrypt refused'));
    else request?.resolve(value);
    startTimeout(started);
    if (started.pending.size === 0) becomeIdle(started);
  });
  const end = () => {
    clearTimeout(started.timeout);
    if (running === started) running = undefined;
    for (const { reject } of started.pending.values()) reject(new Error('the hashing process ended'));
    started.pending.clear();
  };
  child.on('error', end);
  child.once('exit', (code) => {
    // An executable of another platform is run as a shell script, which ends at once.
    if (code !== null && !hasAnswered && running === started) {
      hashInProcess(`the process ended with ${code}`);
      for (const { input, resolve } of started.pending.values()) resolve(runInProcess(input));
      started.pending.clear();
    }
    end();
  });
  return started;
}

/** Kills a process that is silent for too long: what is pending fails, and the next request starts another process. */
function startTimeout(started: Running): void {
  clearTimeout(started.timeout);
  // The only signal that also ends a process that is stopped.
  if (started.pending.size > 0)
    started.timeout = setTimeout(() => started.child.kill('SIGKILL'), TIMEOUT_MS).unref();
}

/** Nothing is pending: lets this process exit, and stops the other after a while. */
function becomeIdle(started: Running): void {
  started.child.channel?.unref();
  idle = setTimeout(() => {
    running = undefined;
    if (started.child.connected) started.child.disconnect();
  }, IDLE_MS).unref();
}
