/** Preloaded by `--import`: chat-core stores passwords as quick-bcrypt.ts does, and starts no process that hashes them. */
import { realpathSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const QUICK = new URL('quick-bcrypt.ts', import.meta.url).href;
/** @throws when the file is not there: then this module would silently do nothing. */
const REAL = pathToFileURL(
  realpathSync(fileURLToPath(new URL('../../src/auth/bcrypt-client.ts', import.meta.url))),
).href;

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context);
    return found.url === REAL ? { ...found, url: QUICK } : found;
  },
});
