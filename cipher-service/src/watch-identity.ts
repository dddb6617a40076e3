import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { StartRefused } from './errors.ts';
import { type Identity, loadIdentity } from './identity.ts';

const FILES = ['keyring.json', 'ca.pem', 'server.key.pem', 'server.pem'];
const INTERVAL_MS = 5000;

/**
 * Loads the credentials again when a rotation has changed their files, so that it needs no restart. Files that do not
 * belong together, as in the middle of a rotation, are not used. @returns a function that ends it
 */
export function watchIdentity(
  { keysDir, passphrase }: { keysDir: string; passphrase?: Buffer | undefined },
  use: (identity: Identity) => void,
  log: Logger,
  intervalMs = INTERVAL_MS,
): () => void {
  let seen = printOf(keysDir);
  const timer = setInterval(() => {
    const print = printOf(keysDir);
    if (print === seen) return;
    seen = print;
    try {
      const identity = loadIdentity(keysDir, passphrase);
      use(identity);
      log.info({ kid: identity.keyring.newest }, 'the changed keys are in use');
    } catch (error) {
      const reason = error instanceof StartRefused ? error.message : 'they cannot be used';
      log.warn({ reason }, 'the changed keys are not used');
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
