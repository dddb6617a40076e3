import { spawn } from 'node:child_process';

/** How a program ended; `out` is what it wrote to stdout and stderr, in order. */
export type Outcome = { code: number; out: string };
export type RunOptions = { cwd?: string; env?: Record<string, string | undefined> };

/** Runs a program; a failure is an outcome, with code 127 where it cannot be started. */
export function run(command: string, args: string[], { cwd, env }: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        out += text;
      });
    }
    child.on('error', (error) => resolve({ code: 127, out: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, out: out.trim() }));
  });
}

/**
 * @returns the output of a program
 * @throws Error with the last lines of it when the exit code is not 0
 */
export async function must(command: string, args: string[], options?: RunOptions): Promise<string> {
  const { code, out } = await run(command, args, options);
  if (code !== 0)
    throw new Error(
      `${command} ${args.join(' ')}: exit code ${code}\n${out.split('\n').slice(-25).join('\n')}`,
    );
  return out;
}

/**
 * What a command prints when the network, a registry or the emulator failed, and not the product. Nothing else is
 * retried.
 */
const ENVIRONMENT = new RegExp(
  [
    'ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ERR_SOCKET_TIMEOUT|socket hang up',
    'npm error code E5\\d\\d|npm error network|\\b50[234] (Bad|Service|Gateway)',
    'Temporary failure|Could not connect|Failed to fetch|Hash Sum mismatch|Connection (timed out|failed)',
    'TLS handshake timeout|i/o timeout|Could not get lock',
    'qemu: uncaught target signal',
  ].join('|'),
);
const MAX_ATTEMPTS = 3;
const PAUSE_MS = 5_000;

function isEnvironmentFault(error: unknown): boolean {
  return ENVIRONMENT.test(String(error));
}

/**
 * Runs `attempt`, up to three times while its environment fails. `onRetry` gets the reason of each repetition.
 * @throws the error of the last attempt, or the first one that the environment did not cause
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  onRetry: (reason: string) => void = () => {},
  pauseMs = PAUSE_MS,
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (attempts === MAX_ATTEMPTS || !isEnvironmentFault(error)) throw error;
      onRetry(ENVIRONMENT.exec(String(error))?.[0] ?? '');
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
