import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

/** One of the two services in its own process, as `npm start` runs it. */
export type Running = {
  port: number;
  process: ChildProcess;
  log: () => string;
  /** Sends the signal, SIGTERM by default, and resolves with the exit code. */
  stop: (signal?: NodeJS.Signals) => Promise<number | null>;
};

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Starts `<service>/src/main.ts` and waits until it reports that it is ready. @throws with its log when it ends before */
export async function startService(
  service: 'chat-core' | 'cipher-service',
  env: Record<string, string>,
  execArgv: string[] = [],
): Promise<Running> {
  const child = fork(`${root}${service}/src/main.ts`, {
    // Nothing else of this machine's environment reaches the service.
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: `${root}node_modules/.cache/compiled`, ...env },
    execArgv,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  // Its last output may arrive after 'exit'; a child whose channel is closed emits no 'close'.
  const streams = [child.stdout, child.stderr].map((stream) => stream && finished(stream));
  const ended = Promise.all([once(child, 'exit'), ...streams]).then(() => child.exitCode);
  const port = await new Promise<number>((ready, fail) => {
    child.on('message', (message: { type?: string; port?: number }) => {
      if (message.type === 'ready' && message.port) ready(message.port);
    });
    ended.then((code) => fail(new Error(`${service} ended with ${code}: ${log}`)), fail);
  });
  return {
    port,
    process: child,
    log: () => log,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}
