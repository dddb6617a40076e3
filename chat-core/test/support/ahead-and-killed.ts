import { open } from 'node:fs/promises';
import { signalProcess } from '../../../scripts/signal-process.ts';

/**
 * Preloaded by `--import`: the wall clock is CLOCK_AHEAD_MS ahead, and the process kills itself (SIGKILL) when it has made
 * KILL_AFTER_SYNCS writes or syncs of files.
 */
const ahead = Number(process.env.CLOCK_AHEAD_MS ?? 0);
const wall = Date.now;
Date.now = () => wall() + ahead;

let left = Number(process.env.KILL_AFTER_SYNCS ?? Number.POSITIVE_INFINITY);
const handle = await open(process.execPath, 'r');
const prototype = Object.getPrototypeOf(handle);
await handle.close();
// Writes of the journal are durable by themselves (O_DSYNC).
for (const name of ['datasync', 'sync', 'write']) {
  const original = prototype[name];
  prototype[name] = async function (...args: unknown[]) {
    const result = await original.apply(this, args);
    left -= 1;
    if (left <= 0) signalProcess(process.pid, 'SIGKILL');
    return result;
  };
}
