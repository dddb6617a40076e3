import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type Box, load, logInMany, startBox } from './box.ts';
import { TEXT } from './fill.ts';
import { ask, type Sender } from './load.ts';
import { type LoopDisk, makeLoopDisk } from './loop-disk.ts';
import { later, number, tell } from './table.ts';

const KIB = 1024;
const SETTLE_MS = 5000;
/** Marks so old go with the next commit (storage/lowdb/late-marks.ts). */
const MARKS_RIPE_MS = 11_000;

/** Bytes that reached the device for each message, and what the storage asked for, by kind of file. */
type Spent = { each: number; sent: number; kinds: (readonly [kind: string, bytes: number])[] };

/** What reaches the device, counted in sectors of a loop-mounted ext4, for a box with a million messages. */
export async function benchDevice(
  dataDir: string,
  keysDir: string,
  cipherUrl: string,
  quick: boolean,
  onlyIdle = false,
): Promise<void> {
  const disk = makeLoopDisk(4096);
  try {
    const folder = { dataDir: join(disk.folder, 'data'), keysDir };
    await cp(dataDir, folder.dataDir, { recursive: true });
    disk.flush();
    const box = await startBox(folder, cipherUrl);
    const senders = await logInMany(box.url, 100);
    disk.flush();
    const base = loadOf(box, senders);
    const bytesFor = async (send: () => Promise<number>): Promise<Spent> => {
      // A checkpoint that the load before brought about is that load's.
      await later(SETTLE_MS);
      disk.flush();
      const before = { device: disk.written(), core: (await box.probe()).written };
      const sent = await send();
      disk.flush();
      const core = (await box.probe()).written;
      const kinds = Object.entries(core).map(([kind, { bytes }]) => {
        return [kind, (bytes - (before.core[kind]?.bytes ?? 0)) / sent] as const;
      });
      return { each: (disk.written() - before.device) / sent, sent, kinds };
    };
    const row = (figure: string, { each, sent, kinds }: Spent, goal: number) => {
      const text = `${number(each / KIB, 2)} KiB over ${number(sent)} messages`;
      tell(`device bytes per message, ${figure}`, text, `≤ ${goal} KiB`, each <= goal * KIB);
      const known = kinds
        .filter(([, bytes]) => bytes >= 1)
        .map(([kind, bytes]) => `${kind} ${number(bytes)}`);
      const rest = each - kinds.reduce((sum, [, bytes]) => sum + bytes, 0);
      console.log(`    bytes by kind: ${known.join(', ')}, whole blocks and the file system ${number(rest)}`);
    };
    const at = (rate: number, seconds: number) => () =>
      load({ ...base, rate, ms: (quick ? seconds / 20 : seconds) * 1000 }).then(
        ({ acknowledged }) => acknowledged,
      );

    if (!onlyIdle) {
      row(
        '64 connections as fast as it goes',
        await bytesFor(() => load({ ...base, ms: quick ? 2000 : 30_000 }).then((r) => r.acknowledged)),
        1.3,
      );
      row('50 a second', await bytesFor(at(50, 300)), 3);
      row('1 a second', await bytesFor(at(1, 120)), 8);
      row(
        'one every 2 minutes over a day',
        await bytesFor(() => aDay(box, senders, quick ? 20 : 720, disk.flush)),
        24,
      );
    }
    await beIdle(box, senders, disk, quick);
    await box.stop();
  } finally {
    disk.remove();
  }
}

/** A family's day in little time: after each message the file system writes what it would have written in the pause. */
async function aDay(box: Box, senders: Sender[], messages: number, flush: () => void): Promise<number> {
  for (let n = 0; n < messages; n++) {
    const sender = senders[n % 4];
    await ask(box.url, '/chat/send', sender?.token ?? '', {
      senderId: sender?.id,
      conversationId: sender?.conversationId,
      message: TEXT,
    });
    flush();
  }
  return messages;
}

/** Fifty people look and say nothing. What they had not seen before has left its marks in the journal by then. */
async function beIdle(box: Box, senders: Sender[], disk: LoopDisk, quick: boolean): Promise<void> {
  const clients = senders.slice(0, 50);
  const cursors = new Map<string, string>();
  for (let round = 0; round < 4; round++) await pollOnce(box.url, clients, cursors);
  await later(MARKS_RIPE_MS);
  // The marks go with the next commit; its conversation has none of those who look.
  await load({ ...loadOf(box, senders.slice(-1)), connections: 1, ms: 500 });
  await later(SETTLE_MS);
  disk.flush();
  const before = disk.written();
  const until = performance.now() + (quick ? 5000 : 600_000);
  let polls = 0;
  while (performance.now() < until) {
    polls += await pollOnce(box.url, clients, cursors);
    await later(4000);
  }
  disk.flush();
  const idle = disk.written() - before;
  const text = `${number(idle)} with ${number(polls)} polls`;
  tell('device bytes in 10 idle minutes with 50 clients polling', text, '0', idle === 0);
}

/** Each asks once from where they are; answers how many asked. */
async function pollOnce(url: string, clients: Sender[], cursors: Map<string, string>): Promise<number> {
  await Promise.all(
    clients.map(async ({ token }) => {
      const cursor = cursors.get(token);
      const { status, text } = await ask(url, cursor ? `/sync?cursor=${cursor}` : '/sync', token);
      if (status === 200) cursors.set(token, JSON.parse(text).cursor);
    }),
  );
  return clients.length;
}

const loadOf = (box: Box, senders: Sender[]) => ({
  url: box.url,
  senders,
  text: TEXT,
  connections: 64,
  warmUpMs: 0,
});
