import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** Delays before consecutive restarts. After HEALTHY_MS of running they start again with the first. */
const RESTART_DELAYS_MS = [500, 1000, 2000, 5000, 15_000, 30_000];
const HEALTHY_MS = 60_000;
/** Longer than the grace period of the services, 8 s, which begins after `drainMs`. */
const KILL_AFTER_MS = 10_000;

/** A running service sends a message at least every `checkMs`; one that is silent for `maxChecks` checks hangs. */
const SILENCE = { checkMs: 5_000, maxChecks: 9 };

export type Ready = { port: number; isEmpty?: boolean };

export type Supervised = {
  /** Resolves at the first start: the port, and whether registration is by invitation and there is no account. Rejects when it ends before. */
  ready: Promise<Ready>;
  /** Ends the service; true when it ended cleanly. */
  stop(): Promise<boolean>;
};

/**
 * Runs a service and restarts it when it dies or hangs (stopped, or with a stalled event loop). `env` is called at each
 * start, with the port of the previous start. The service has a process group of its own, so that Ctrl-C reaches only the
 * supervisor; when the supervisor dies, the end of the IPC channel stops the service.
 */
export function supervise(
  name: string,
  file: string,
  options: {
    execArgv?: string[];
    env: (port: number | undefined) => NodeJS.ProcessEnv;
    silence?: typeof SILENCE;
    drainMs?: number;
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
      const started = performance.now();
      child = start();
      const watch = watchSilence(child, options.silence ?? SILENCE, () => {
        console.error(`${name} hangs: it is ended.`);
      });
      child.on('message', ({ type, ...state }: { type?: string } & Partial<Ready>) => {
        watch.heard();
        if (type !== 'ready' || state.port === undefined) return;
        port = state.port;
        ready.resolve({ ...state, port });
      });
      const ending = await endOf(child);
      watch.end();
      if (stopping) return;
      if (port === undefined) {
        ready.reject(new Error(`${name} could not start.`));
        return;
      }
      if (performance.now() - started > HEALTHY_MS) failures = 0;
      const pause = RESTART_DELAYS_MS[Math.min(failures, RESTART_DELAYS_MS.length - 1)] ?? 0;
      failures += 1;
      console.error(`${name} ended (${ending}); starting it again in ${pause / 1000} s.`);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
  void run();

  return {
    ready: ready.promise,
    stop: async () => {
      stopping = true;
      if (!child || child.exitCode !== null || child.signalCode !== null) return true;
      const ended = endOf(child);
      const timeout = setTimeout(() => child?.kill('SIGKILL'), KILL_AFTER_MS + (options.drainMs ?? 0));
      child.kill('SIGTERM');
      const ending = await ended;
      clearTimeout(timeout);
      // A service that is still starting dies of the signal itself, and has nothing to lose.
      return ending === 'exit code 0' || ending === 'SIGTERM';
    },
  };
}

/**
 * Kills a child that has sent a message and is then silent for too long. It counts checks instead of time, because a clock
 * may jump and the supervisor itself may be stopped for a while.
 */
function watchSilence(child: ChildProcess, { checkMs, maxChecks }: typeof SILENCE, onHang: () => void) {
  let silent: number | undefined;
  const timer = setInterval(() => {
    if (silent === undefined) return;
    silent += 1;
    if (silent <= maxChecks) return;
    silent = undefined;
    onHang();
    // The only signal that ends a stopped process.
    child.kill('SIGKILL');
  }, checkMs);
  return {
    heard: () => {
      silent = 0;
    },
    end: () => clearInterval(timer),
  };
}

/** The exit code or signal of a child, or the reason why it did not start. */
async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, 'exit');
    return signal ?? `exit code ${code}`;
  } catch (error) {
    return (error as Error).message;
  }
}
