import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A child that dies is started again after these pauses, in milliseconds; a minute of health starts the row anew. */
const PAUSES = [500, 1000, 2000, 5000, 15_000, 30_000];
const HEALTHY_MS = 60_000;
/** Longer than the children's own grace of 8 s. */
const KILL_AFTER_MS = 10_000;

/** A service that runs sends a message at least this often; one that sent none at so many checks in a row hangs. */
const SILENCE = { checkMs: 5_000, maxChecks: 9 };

export type Ready = { port: number; isEmpty?: boolean };

export type Supervised = {
  /** Its first start: the port, and whether people need an invite and nobody has an account. @throws when it ends before */
  ready: Promise<Ready>;
  /** Ends it for good; true when it did so cleanly. */
  stop(): Promise<boolean>;
};

/**
 * Keeps a service of ours running: `env` is asked at each start, with the port of the start before. In a process group
 * of its own, so that Ctrl-C reaches the supervisor alone; when the supervisor dies, the IPC channel's end stops it. A
 * service that hangs, stopped or with a stalled event loop, is killed and started again.
 */
export function supervise(
  name: string,
  file: string,
  options: {
    execArgv?: string[];
    env: (port: number | undefined) => NodeJS.ProcessEnv;
    silence?: typeof SILENCE;
  },
): Supervised {
  let child: ChildProcess | undefined;
  let port: number | undefined;
  let stopping = false;
  let failures = 0;

  const start = (): ChildProcess =>
    fork(file, {
      execArgv: options.execArgv ?? [],
      env: options.env(port),
      detached: true,
      stdio: 'inherit',
    });

  const ready = Promise.withResolvers<Ready>();

  const run = async () => {
    while (!stopping) {
      const begun = performance.now();
      child = start();
      const watch = watchSilence(child, options.silence ?? SILENCE, () => {
        console.error(`${name} hangs: it is ended.`);
      });
      child.on('message', ({ type, ...told }: { type?: string } & Partial<Ready>) => {
        watch.heard();
        if (type !== 'ready' || told.port === undefined) return;
        port = told.port;
        ready.resolve({ ...told, port });
      });
      const how = await endOf(child);
      watch.end();
      if (stopping) return;
      if (port === undefined) {
        ready.reject(new Error(`${name} could not start.`));
        return;
      }
      if (performance.now() - begun > HEALTHY_MS) failures = 0;
      const pause = PAUSES[Math.min(failures, PAUSES.length - 1)] ?? 0;
      failures += 1;
      console.error(`${name} ended (${how}); starting it again in ${pause / 1000} s.`);
      await new Promise((later) => setTimeout(later, pause));
    }
  };
  void run();

  return {
    ready: ready.promise,
    stop: async () => {
      stopping = true;
      if (!child || child.exitCode !== null || child.signalCode !== null) return true;
      const ended = endOf(child);
      const late = setTimeout(() => child?.kill('SIGKILL'), KILL_AFTER_MS);
      child.kill('SIGTERM');
      const how = await ended;
      clearTimeout(late);
      // One that was still starting dies of the signal itself, and has nothing to lose.
      return how === 'exit code 0' || how === 'SIGTERM';
    },
  };
}

/**
 * Kills a child that was heard once and then is silent for too long. Checks are counted, not time: a clock that jumps and a
 * supervisor that was itself stopped count as one.
 */
function watchSilence(child: ChildProcess, { checkMs, maxChecks }: typeof SILENCE, onHang: () => void) {
  let silent: number | undefined;
  const timer = setInterval(() => {
    if (silent === undefined) return;
    silent += 1;
    if (silent <= maxChecks) return;
    silent = undefined;
    onHang();
    // The only signal that also ends a process that is stopped.
    child.kill('SIGKILL');
  }, checkMs);
  return {
    heard: () => {
      silent = 0;
    },
    end: () => clearInterval(timer),
  };
}

/** How a child ends, or that it could not even begin. */
async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, 'exit');
    return signal ?? `exit code ${code}`;
  } catch (error) {
    return (error as Error).message;
  }
}
