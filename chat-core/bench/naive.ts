import { join } from 'node:path';
import { Low } from 'lowdb';
import { JSONFile } from 'lowdb/node';
import { v4 as uuid } from 'uuid';
import { TEXT } from './fill.ts';
import { number, tell } from './table.ts';

/** What the original does for each message, one after the other: read the file, add, write the file; never synced. */
export async function benchNaive(folder: string, quick: boolean): Promise<void> {
  const stored = quick ? 1000 : 10_000;
  type Row = { id: string; senderId: string; receiverId: string; content: string; timestamp: number };
  const row = (): Row => ({
    id: uuid(),
    senderId: uuid(),
    receiverId: uuid(),
    content: Buffer.from(TEXT.padEnd(88, '.')).toString('base64'),
    timestamp: Date.now(),
  });
  const path = join(folder, 'naive.json');
  const db = new Low<{ chats: Row[] }>(new JSONFile(path), { chats: Array.from({ length: stored }, row) });
  await db.write();
  const begun = performance.now();
  let sent = 0;
  while (performance.now() - begun < 3000) {
    await db.read();
    db.data.chats.push(row());
    await db.write();
    sent += 1;
  }
  const rate = sent / ((performance.now() - begun) / 1000);
  tell(
    `the naive whole-file LowDB at ${number(stored)} messages, no HTTP, no cipher, never synced`,
    `${number(rate)} stored/s`,
    '–',
    undefined,
  );
}
