import { spawn } from 'node:child_process';

/** How a program ended; `out` is what it wrote to stdout and stderr, in order. */
export type Outcome = { code: number; out: string };
export type Circumstances = { cwd?: string; env?: Record<string, string | undefined> };

/** Runs a program to its end, whatever the end. One that cannot be started ends with code 127. */
export function run(command: string, args: string[], { cwd, env }: Circumstances = {}): Promise<Outcome> {
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
 * Runs a program that has to succeed.
 * @returns what it wrote
 * @throws Error with the last lines of it when the exit code is not 0
 */
export async function must(command: string, args: string[], circumstances?: Circumstances): Promise<string> {
  const { code, out } = await run(command, args, circumstances);
  if (code !== 0)
    throw new Error(
      `${command} ${args.join(' ')}: exit code ${code}\n${out.split('\n').slice(-25).join('\n')}`,
    );
  return out;
}
