import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from './log.ts';

const INTERVAL_MS = 5000;

/**
 * Calls `use` when files of `KEYS_DIR/core` have changed, as by `rotate-keys`, so that it needs no restart. What `use`
 * throws is logged, and the former keys stay in use: in the middle of a rotation files do not belong together.
 */
export function watchKeys(
  keysDir: string,
  names: readonly string[],
  use: () => void,
  log: Pick<Log, 'info' | 'warn'>,
  intervalMs = INTERVAL_MS,
): () => void {
  const print = () => names.map((name) => printOf(join(keysDir, 'core', name))).join();
  let seen = print();
  const timer = setInterval(() => {
    const now = print();
    if (now === seen) return;
    seen = now;
    try {
      use();
      log.info({ files: names }, 'the changed keys are in use');
    } catch (error) {
      log.warn({ err: error, files: names }, 'the changed keys are not used');
    }
  }, intervalMs).unref();
  return () => clearInterval(timer);
}

/** Changes whenever the file does; does not read it. */
function printOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}` : '';
}
