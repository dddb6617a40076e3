/** The tools of the box test: run a program, retry what the environment failed, wait, report. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** How a program ended; `output` is its stdout and stderr, in order. */
export type Outcome = { code: number; output: string };
export type RunOptions = { cwd?: string; env?: Record<string, string | undefined> };

/** Runs a program; a failure is an outcome, with code 127 where the program cannot be started. */
export function tryRun(command: string, args: string[], { cwd, env }: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output: output.trim() }));
  });
}

/**
 * @returns the output of a program
 * @throws Error with the last lines of the output when the exit code is not 0
 */
export async function run(command: string, args: string[], options?: RunOptions): Promise<string> {
  const { code, output } = await tryRun(command, args, options);
  if (code === 0) return output;
  const end = output.split('\n').slice(-25).join('\n');
  throw new Error(`${command} ${args.join(' ')}: exit code ${code}\n${end}`);
}

export const succeeds = async (command: string, ...args: string[]) =>
  (await tryRun(command, args)).code === 0;

/** Runs `docker`, which finds the engine by DOCKER_HOST. @throws Error when the exit code is not 0 */
export const docker = (...args: string[]) => run('docker', args);

const MACHINE = fileURLToPath(new URL('machine.sh', import.meta.url));

/** Runs a command of machine.sh. @throws Error when the exit code is not 0 */
export const machine = (command: string, folder: string, ...args: string[]) =>
  retry(() => run('sh', [MACHINE, command, folder, ...args]));

/** Output of a command that the network, a registry or the emulator failed. Nothing else is retried. */
const ENVIRONMENT_FAULT = new RegExp(
  [
    'ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ERR_SOCKET_TIMEOUT|socket hang up',
    'npm error code E5\\d\\d|npm error network|\\b50[234] (Bad|Service|Gateway)',
    'Temporary failure|Could not connect|Failed to fetch|Hash Sum mismatch|Connection (timed out|failed)',
    'TLS handshake timeout|i/o timeout|Could not get lock',
    'qemu: uncaught target signal',
  ].join('|'),
);
const MAX_ATTEMPTS = 3;

/**
 * Runs `attempt`, up to three times while the environment fails it. `onRetry` receives the reason of each repetition.
 * @throws the error of the last attempt, or the first one that the environment did not cause
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  onRetry: (reason: string) => void = () => {},
  pauseMs = 5_000,
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      const [reason] = ENVIRONMENT_FAULT.exec(String(error)) ?? [];
      if (attempts === MAX_ATTEMPTS || reason === undefined) throw error;
      onRetry(reason);
      await sleep(pauseMs);
    }
  }
}

/** Long, because no claim of this test is about speed. */
export const TIMEOUT_MS = 120_000;

/** Repeats `read` until `isDone` accepts the value or the time is over; returns the last value. */
export async function waitFor<T>(
  read: () => Promise<T>,
  isDone: (value: T) => boolean,
  timeoutMs = TIMEOUT_MS,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isDone(value) || performance.now() > deadline) return value;
    await sleep(250);
  }
}

/** Returns a function that says how long ago this was, such as `3.2 s`. */
export function stopwatch(): () => string {
  const start = performance.now();
  return () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/** One part of the report. */
export type Section = {
  note(line: string): void;
  /** Shows the output of a program, on the terminal alone. */
  show(block: string): void;
  /** Records a claim and whether it held; `evidence` stands beside it. */
  check(claim: string, held: boolean, evidence?: string): void;
};

export type Report = {
  /**
   * Runs one part of the test and writes its section when it ends. Parts may run side by side.
   * @throws what `body` throws, recorded as a failed check
   */
  section<T>(title: string, body: (section: Section) => Promise<T>): Promise<T>;
  result(): { passed: number; failed: string[] };
  markdown(): string;
};

export function openReport(write: (text: string) => void): Report {
  const pages: string[][] = [];
  const failed: string[] = [];
  let passed = 0;
  return {
    section: async (title, body) => {
      const seconds = stopwatch();
      const page = [`## ${title}\n`];
      const terminal: string[] = [];
      pages.push(page);
      const add = (line: string) => {
        page.push(line);
        terminal.push(line);
      };
      const check: Section['check'] = (claim, held, evidence = '') => {
        if (held) passed += 1;
        else failed.push(claim);
        const shown = evidence.replace(/\s+/g, ' ').replaceAll('`', "'").slice(0, 160);
        add(`- ${held ? '✓' : '**✗ FAILED**'} ${claim}${shown && `: \`${shown}\``}`);
      };
      const note = (line: string) => add(`\n${line}\n`);
      const show = (block: string) => terminal.push(`\n${block.replace(/^/gm, '    ')}\n`);
      try {
        return await body({ note, show, check });
      } catch (error) {
        check(`"${title}" came to its end`, false, String(error));
        terminal.push(String(error instanceof Error ? error.stack : error));
        throw error;
      } finally {
        write(`\n## ${title} (${seconds()})\n\n${terminal.join('\n')}\n`);
      }
    },
    result: () => ({ passed, failed }),
    markdown: () => {
      const verdict =
        failed.length === 0 ? `All ${passed} checks held.` : `**${failed.length} checks failed.**`;
      return `${pages.map((page) => page.join('\n')).join('\n\n')}\n\n${verdict}\n`.replace(
        /\n{3,}/g,
        '\n\n',
      );
    },
  };
}
