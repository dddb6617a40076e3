import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ask, type Sender } from './ask.ts';
import { TEXT } from './fill.ts';
import { addFigure, number, pause } from './report.ts';
import { load, logInMany, type Server, startServer } from './server.ts';

const KIB = 1024;
const SETTLE_MS = 5000;
/** Deferred receipts of this age are written with the next commit. */
const RECEIPTS_DUE_MS = 11_000;

/** Bytes that reached the device for each message, and the bytes the storage wrote, by kind of file. */
type WriteCost = { each: number; sent: number; kinds: (readonly [kind: string, bytes: number])[] };

/** What reaches the device, counted in sectors of a loop-mounted ext4, for a server with a million messages. */
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
    const server = await startServer(folder, cipherUrl);
    const senders = await logInMany(server.url, 100);
    disk.flush();
    const base = loadOf(server, senders);
    const bytesFor = async (send: () => Promise<number>): Promise<WriteCost> => {
      // Waits for a checkpoint that the previous load started: it must not count here.
      await pause(SETTLE_MS);
      disk.flush();
      const before = { device: disk.written(), core: (await server.probe()).written };
      const sent = await send();
      disk.flush();
      const core = (await server.probe()).written;
      const kinds = Object.entries(core).map(([kind, { bytes }]) => {
        return [kind, (bytes - (before.core[kind]?.bytes ?? 0)) / sent] as const;
      });
      return { each: (disk.written() - before.device) / sent, sent, kinds };
    };
    const row = (figure: string, { each, sent, kinds }: WriteCost, goal: number) => {
      const text = `${number(each / KIB, 2)} KiB over ${number(sent)} messages`;
      addFigure(`device bytes per message, ${figure}`, text, `≤ ${goal} KiB`, each <= goal * KIB);
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
        await bytesFor(() => sendDay(server, senders, quick ? 20 : 720, disk.flush)),
        24,
      );
    }
    await benchIdle(server, senders, disk, quick);
    await server.stop();
  } finally {
    disk.remove();
  }
}

/** The messages of a day without its pauses: the file system is flushed after each, as it would be in a pause. */
async function sendDay(
  server: Server,
  senders: Sender[],
  messages: number,
  flush: () => void,
): Promise<number> {
  for (let n = 0; n < messages; n++) {
    const sender = senders[n % 4];
    await ask(server.url, '/chat/send', sender?.token ?? '', {
      senderId: sender?.id,
      conversationId: sender?.conversationId,
      message: TEXT,
    });
    flush();
  }
  return messages;
}

/** Fifty people poll and send nothing. Their first receipts are in the journal before the measurement. */
async function benchIdle(server: Server, senders: Sender[], disk: LoopDisk, quick: boolean): Promise<void> {
  const clients = senders.slice(0, 50);
  const cursors = new Map<string, string>();
  for (let round = 0; round < 4; round++) await pollOnce(server.url, clients, cursors);
  await pause(RECEIPTS_DUE_MS);
  // Receipts are written with the next commit, which is of a conversation without a polling person.
  await load({ ...loadOf(server, senders.slice(-1)), connections: 1, ms: 500 });
  await pause(SETTLE_MS);
  disk.flush();
  const before = disk.written();
  const until = performance.now() + (quick ? 5000 : 600_000);
  let polls = 0;
  while (performance.now() < until) {
    polls += await pollOnce(server.url, clients, cursors);
    await pause(4000);
  }
  disk.flush();
  const idle = disk.written() - before;
  const text = `${number(idle)} with ${number(polls)} polls`;
  addFigure('device bytes in 10 idle minutes with 50 clients polling', text, '0', idle === 0);
}

/** Each client polls once from its cursor; returns their number. */
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

const loadOf = (server: Server, senders: Sender[]) => ({
  url: server.url,
  senders,
  text: TEXT,
  connections: 64,
  warmUpMs: 0,
});

const SECTOR = 512;
const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' }).trim();

export type LoopDisk = {
  folder: string;
  /** Bytes written to the device since its creation, the file system's own included. */
  written(): number;
  /** Writes what the file system would write by itself within 5 seconds. */
  flush(): void;
  remove(): void;
};

/** A file system of its own on a loop device (Linux, root), to count what reaches the device. @throws where that cannot be */
export function makeLoopDisk(mebibytes: number): LoopDisk {
  const folder = mkdtempSync(join(tmpdir(), 'bisik-loop-'));
  const [image, mount] = [join(folder, 'image'), join(folder, 'mount')];
  run('truncate', '-s', `${mebibytes}M`, image);
  run('mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image);
  mkdirSync(mount);
  const device = run('losetup', '--find', '--show', image);
  run('mount', '-o', 'noatime', device, mount);
  return {
    folder: mount,
    written: () => {
      const stat = readFileSync(`/sys/block/${basename(device)}/stat`, 'utf8')
        .trim()
        .split(/\s+/);
      return Number(stat[6]) * SECTOR;
    },
    flush: () => {
      run('sync', '-f', mount);
    },
    remove: () => {
      run('umount', mount);
      run('losetup', '-d', device);
      rmSync(folder, { recursive: true });
    },
  };
}
