import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Runs one full garbage collection after the start. An idle server allocates too little for V8 to run one, and only after
 * the first does V8 shrink the young generation when idle: that saves 15 MiB on an idle server, 30 with a thousand long
 * polls. V8 has no other API for it.
 */
export function runStartupGc(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
}
