import { type ChildProcess, fork } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROCESS = fileURLToPath(new URL('./bcrypt-worker.ts', import.meta.url));
/** Logins come in bursts; between them the process, some 50 MB, is not needed. */
const IDLE_MS = 30_000;
/** One that answered nothing for so long hangs; at the lowest priority a hash may take most of a minute. */
const HANG_MS = 120_000;

/** To compare where there is a hash, else to make one. */
export type HashWish = { n: number; text: string; stored?: string; cost?: number };
/** Without a value bcrypt refused. */
export type HashAnswer = { n: number; value?: string | boolean };

type Waiting = {
  wish: Omit<HashWish, 'n'>;
  done: (value: string | boolean | Promise<string | boolean>) => void;
  fail: (error: Error) => void;
};
type Running = { child: ChildProcess; waiting: Map<number, Waiting>; hang?: NodeJS.Timeout };

let running: Running | undefined;
let idle: NodeJS.Timeout | undefined;
let count = 0;
/** Once no process could be started: nobody is kept from logging in for that. */
let isAlone = false;

/** The bcrypt hash of a text. @throws when the process that makes it ends */
export function hash(text: string, cost: number): Promise<string> {
  return ask({ text, cost }) as Promise<string>;
}

/** Whether a bcrypt hash is of this text. @throws when the process that says so ends */
export function compare(text: string, stored: string): Promise<boolean> {
  return ask({ text, stored }) as Promise<boolean>;
}

async function ask(wish: Omit<HashWish, 'n'>): Promise<string | boolean> {
  clearTimeout(idle);
  if (!isAlone) running ??= startOrNot();
  if (!running) return hashHere(wish);
  const { child, waiting } = running;
  child.channel?.ref();
  const n = count++;
  return new Promise((done, fail) => {
    waiting.set(n, { wish, done, fail });
    if (running && waiting.size === 1) watchForHang(running);
    // A process that cannot be told anything ends, and its end settles what waits.
    child.send({ n, ...wish } satisfies HashWish, () => {});
  });
}

function startOrNot(): Running | undefined {
  try {
    const started = start();
    if (started.child.pid !== undefined) return started;
    standAlone('no process can be started');
  } catch (error) {
    // fork throws for some reasons, and tells others by an event.
    standAlone((error as Error).message);
  }
  return undefined;
}

function standAlone(why: string): void {
  isAlone = true;
  process.emitWarning(`Passwords are hashed beside everything else, which then waits: ${why}.`);
}

async function hashHere({ text, stored, cost }: Omit<HashWish, 'n'>): Promise<string | boolean> {
  const bcrypt = await import('bcrypt');
  return stored === undefined ? bcrypt.hash(text, cost ?? 10) : bcrypt.compare(text, stored);
}

function start(): Running {
  // It is told nothing of this process, no variables, no options, but where compiled files are: 15 MB less.
  const compiled = getCompileCacheDir();
  const child = fork(PROCESS, {
    env: compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const started: Running = { child, waiting: new Map() };
  child.unref();
  let hasAnswered = false;
  child.on('message', ({ n, value }: HashAnswer) => {
    hasAnswered = true;
    const asked = started.waiting.get(n);
    started.waiting.delete(n);
    if (value === undefined) asked?.fail(new Error('bcrypt refused'));
    else asked?.done(value);
    watchForHang(started);
    if (started.waiting.size === 0) rest(started);
  });
  const end = () => {
    clearTimeout(started.hang);
    if (running === started) running = undefined;
    for (const { fail } of started.waiting.values()) fail(new Error('the hashing process ended'));
    started.waiting.clear();
  };
  child.on('error', end);
  child.once('exit', (code) => {
    // A program that does not run on this machine is tried as a shell's, which ends at once.
    if (code !== null && !hasAnswered && running === started) {
      standAlone(`the process ended with ${code}`);
      for (const { wish, done } of started.waiting.values()) done(hashHere(wish));
      started.waiting.clear();
    }
    end();
  });
  return started;
}

/** Ends a process from which somebody has waited too long for anything: who waits is refused, the next has another one. */
function watchForHang(started: Running): void {
  clearTimeout(started.hang);
  // The only signal that also ends a process that is stopped.
  if (started.waiting.size > 0)
    started.hang = setTimeout(() => started.child.kill('SIGKILL'), HANG_MS).unref();
}

/** Nobody waits: nothing here keeps this process alive, and after a while the other ends. */
function rest(started: Running): void {
  started.child.channel?.unref();
  idle = setTimeout(() => {
    running = undefined;
    if (started.child.connected) started.child.disconnect();
  }, IDLE_MS).unref();
}
