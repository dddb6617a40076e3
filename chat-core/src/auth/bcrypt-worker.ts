/**
 * A process of its own that runs bcrypt at the lowest priority, which its parent gives it: hashing uses only the CPU time that sealing, commits and
 * responses leave, and no threads of the pool that writes the journal. Started by bcrypt-client.ts; ends with its parent.
 */
import { compare, hash } from 'bcrypt';
import type { HashRequest, HashResponse } from './bcrypt-client.ts';

// Ctrl-C reaches this process too; it ends after chat-core has shut down.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
process.on('message', async ({ n, text, stored, cost }: HashRequest) => {
  const work = stored === undefined ? hash(text, cost ?? 10) : compare(text, stored);
  const response: HashResponse = await work.then(
    (value) => ({ n, value }),
    () => ({ n }),
  );
  // If chat-core has ended in between, this process ends too.
  process.send?.(response, undefined, undefined, () => {});
});
