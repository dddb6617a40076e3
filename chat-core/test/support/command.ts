import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The exit code of a command and its output, both streams together. */
export type CommandResult = { code: number; output: string };

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The compile cache of Node: with it a program starts in half of the time. */
export const COMPILED = `${root}node_modules/.cache/compiled`;

/** Runs the file of `npm run <name> -- <args>`; of this machine's environment it gets PATH alone. */
export function runFile(name: string, args: string[], env: Record<string, string>): Promise<CommandResult> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [`${root}chat-core/src/commands/${name}.ts`, ...args],
      { env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: COMPILED, ...env } },
      (error, stdout, stderr) => done({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
    child.stdin?.end();
  });
}
