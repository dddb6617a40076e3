import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export type Ended = { seconds: number; output: string };

/** Runs the file of a command; @throws Error with its output when it fails. */
export async function runCommandFile(
  name: string,
  args: string[],
  env: Record<string, string>,
): Promise<Ended> {
  const file = fileURLToPath(new URL(`../src/commands/${name}.ts`, import.meta.url));
  const began = performance.now();
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${name} failed: ${output}`);
  return { seconds: (performance.now() - began) / 1000, output };
}
