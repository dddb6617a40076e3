/**
 * Preloaded by `--import`, or imported: the bcrypt worker runs at normal priority. At the lowest priority, which
 * src/auth/bcrypt-client.test.ts checks, hashing would wait for all other work on the machine of the tests. With the
 * variable CHEAP_HASHING the worker hashes at the lowest cost.
 */
import processes from 'node:child_process';
import { realpathSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';

/** @throws when the file is not there: then this module would silently do nothing. */
const WORKER = realpathSync(fileURLToPath(new URL('../../src/auth/bcrypt-worker.ts', import.meta.url)));
const SAME_PRIORITY = `--import=${new URL('same-priority.ts', import.meta.url)}`;
const CHEAP_BCRYPT = `--import=${new URL('cheap-bcrypt.ts', import.meta.url)}`;
const WORKER_OPTIONS = process.env.CHEAP_HASHING ? [SAME_PRIORITY, CHEAP_BCRYPT] : [SAME_PRIORITY];
type Fork = (file: string, ...rest: unknown[]) => processes.ChildProcess;
const fork = processes.fork as Fork;
const forkEagerly: Fork = (file, ...rest) =>
  file === WORKER ? fork(file, { ...(rest[0] as object), execArgv: WORKER_OPTIONS }) : fork(file, ...rest);

processes.fork = forkEagerly as typeof processes.fork;
syncBuiltinESMExports();
