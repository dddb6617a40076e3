import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { StartRefused } from './errors.ts';
import { type Identity, loadIdentity } from './identity.ts';

const FILES = ['keyring.json', 'ca.pem', 'server.key.pem', 'server.pem'];
const INTERVAL_MS = 5000;
/** The longest pause between attempts with files that do not change, in intervals: to open a sealed keyring takes long. */
const MAX_PAUSE = 12;

/**
 * Loads the credentials again when a rotation has changed their files, so that it needs no restart. Files that do not
 * belong together, as in the middle of a rotation, are not used; they are read again until they do, also when they do not
 * change any more. @returns a function that ends it
 */
export function watchIdentity(
  { keysDir, passphrase }: { keysDir: string; passphrase?: Buffer | undefined },
  use: (identity: Identity) => void,
  log: Logger,
  intervalMs = INTERVAL_MS,
): () => void {
  let used = printOf(keysDir);
  let failed = { print: used, pause: 0, left: 0 };
  const timer = setInterval(() => {
    const print = printOf(keysDir);
    if (print === used) return;
    const isRepeat = print === failed.print;
    if (isRepeat && --failed.left > 0) return;
    try {
      const identity = loadIdentity(keysDir, passphrase);
      use(identity);
      used = print;
      log.info({ kid: identity.keyring.newest }, 'the changed keys are in use');
    } catch (error) {
      const reason = error instanceof StartRefused ? error.message : 'they cannot be used';
      if (!isRepeat) log.warn({ reason }, 'the changed keys are not used');
      const pause = isRepeat ? Math.min(failed.pause * 2, MAX_PAUSE) : 1;
      failed = { print, pause, left: pause };
    }
  }, intervalMs).unref();
  return () => clearInterval(timer);
}

/** Changes whenever one of the files does; reads none of them. */
function printOf(keysDir: string): string {
  const prints = FILES.map((name) => {
    const found = statSync(join(keysDir, 'cipher', name), { throwIfNoEntry: false });
    return found ? `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}` : '';
  });
  return prints.join(',');
}
