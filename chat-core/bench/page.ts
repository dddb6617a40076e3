import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchOptions } from './options.ts';

const MAIN = fileURLToPath(new URL('../../chat-frontend/bench/main.ts', import.meta.url));

/** What the page costs a browser: measured by its own code, which prints a table of its own. */
export async function benchPage({ quick, folder, only }: BenchOptions): Promise<void> {
  const args = [
    ...(quick ? ['--quick'] : []),
    ...(only === undefined ? [] : ['--only', only]),
    ...(folder === undefined ? [] : ['--folder', folder]),
  ];
  const [code] = await once(spawn(process.execPath, [MAIN, ...args], { stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new Error('the page could not be measured');
}
