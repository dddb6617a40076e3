import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The resident memory of this process in bytes, after everything that nothing refers to was collected. */
export function settledMemory(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let pass = 0; pass < 3; pass++) collect();
  return process.memoryUsage.rss();
}
