/**
 * A process of its own that runs bcrypt, at the lowest priority: hashing takes only what seals, commits and answers
 * leave of the processors, and none of the threads the journal is written by. Started by hashing.ts; ends with its parent.
 */
import { constants, setPriority } from 'node:os';
import { compare, hash } from 'bcrypt';
import type { HashAnswer, HashWish } from './bcrypt-client.ts';

// Before the first hash makes bcrypt's threads: a thread begins with the priority of the one that made it.
setPriority(constants.priority.PRIORITY_LOW);
// Ctrl-C reaches this process too; it ends when the core has done what it had to.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
process.on('message', async ({ n, text, stored, cost }: HashWish) => {
  const work = stored === undefined ? hash(text, cost ?? 10) : compare(text, stored);
  const answer: HashAnswer = await work.then(
    (value) => ({ n, value }),
    () => ({ n }),
  );
  // The core may be gone meanwhile; then this process ends too.
  process.send?.(answer, undefined, undefined, () => {});
});
