import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Answers, answerOperator, type Question } from '../admin/admin.ts';
import { sendControlRequest } from '../storage/lowdb/control-socket.ts';
import { openLowdbStore } from '../storage/lowdb/lowdb-store.ts';

/**
 * Asks the chat-core that runs upon a folder; where none does, opens the database and answers here.
 * @throws a sentence when it is refused, or there is no database
 */
export async function askBox<Q extends Question>(dataDir: string, question: Q): Promise<Answers[Q['ask']]> {
  if (!['meta.json', 'db.json'].some((name) => existsSync(join(dataDir, name))))
    throw new Error(`There is no database in ${dataDir}: start the box once, or set DATA_DIR.`);
  const told = await sendControlRequest(dataDir, question);
  if (told) return told.answer as Answers[Q['ask']];
  const store = await openLowdbStore(dataDir, { now: Date.now });
  try {
    return (await answerOperator({ store, clock: store.time.now }, question)) as Answers[Q['ask']];
  } finally {
    await store.close();
  }
}
