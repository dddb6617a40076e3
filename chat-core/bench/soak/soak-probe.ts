/**
 * Loaded into a service by --import, with --expose-gc: answers, over the IPC channel, the heap after a full collection and
 * the handles that keep the event loop alive.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export type Probed = { heapMiB: number; externalMiB: number; handles: number };

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('message', (message: { type?: string }) => {
  if (message.type !== 'soak-probe') return;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().length;
  const probed: Probed = { heapMiB: heapUsed / 2 ** 20, externalMiB: external / 2 ** 20, handles };
  process.send?.({ type: 'soak-probe', ...probed });
});
