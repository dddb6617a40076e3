/**
 * Preloaded by `--import`, or imported: passwords are hashed at the priority of everything else. At the lowest, which
 * src/auth/hashing.test.ts watches, they would wait for whatever else the machine of the tests has to do.
 */
import processes from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

const SAME_PRIORITY = `--import=${new URL('same-priority.ts', import.meta.url)}`;
type Fork = (file: string, ...rest: unknown[]) => processes.ChildProcess;
const fork = processes.fork as Fork;
const forkEagerly: Fork = (file, ...rest) =>
  file.endsWith('/hash-process.ts')
    ? fork(file, { ...(rest[0] as object), execArgv: [SAME_PRIORITY] })
    : fork(file, ...rest);

processes.fork = forkEagerly as typeof processes.fork;
syncBuiltinESMExports();
