import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from './log.ts';

const INTERVAL_MS = 5000;
/** The longest pause between attempts with files that do not change, in intervals. */
const MAX_PAUSE = 12;

/**
 * Calls `use` when files of `KEYS_DIR/core` have changed, as by `rotate-keys`, so that it needs no restart. What `use`
 * throws is logged, and the former keys stay in use: in the middle of a rotation files do not belong together. It is called
 * again until it succeeds, also when the files do not change any more.
 */
export function watchKeys(
  keysDir: string,
  names: readonly string[],
  use: () => void,
  log: Pick<Log, 'info' | 'warn'>,
  intervalMs = INTERVAL_MS,
): () => void {
  const print = () => names.map((name) => printOf(join(keysDir, 'core', name))).join();
  let used = print();
  let failed = { print: used, pause: 0, left: 0 };
  const timer = setInterval(() => {
    const now = print();
    if (now === used) return;
    const isRepeat = now === failed.print;
    if (isRepeat && --failed.left > 0) return;
    try {
      use();
      used = now;
      log.info({ files: names }, 'the changed keys are in use');
    } catch (error) {
      if (!isRepeat) log.warn({ err: error, files: names }, 'the changed keys are not used');
      const pause = isRepeat ? Math.min(failed.pause * 2, MAX_PAUSE) : 1;
      failed = { print: now, pause, left: pause };
    }
  }, intervalMs).unref();
  return () => clearInterval(timer);
}

/** Changes whenever the file does; does not read it. */
function printOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}` : '';
}
