import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Low } from 'lowdb';
import { JSONFile } from 'lowdb/node';
import { v4 as uuid } from 'uuid';
import { setUp } from '../../cipher-service/src/setup.ts';
import { ask } from './ask.ts';
import { benchDevice } from './device.ts';
import { type Filling, fill, PASSWORD, TEXT } from './fill.ts';
import { addFigure, median, number, pause } from './report.ts';
import { load, logInMany, type Server, startCipher, startServer } from './server.ts';

/** `only` names one part: compare, concurrent, page, device or, of that, idle. */
export type BenchOptions = { quick: boolean; folder: string | undefined; only: string | undefined };

const ROUNDS = 5;
const WARM_UP_MS = 3000;

/** The figures of docs/benchmarks.md on storage: what a long history costs, and what a message costs the flash. */
export async function benchStorage({ quick, folder, only }: BenchOptions): Promise<void> {
  const small = quick ? 100 : 1;
  const wants = (part: string) => only === undefined || only === part;
  const root = await mkdtemp(join(folder ?? tmpdir(), 'bisik-bench-'));
  const keysDir = join(root, 'keys');
  await setUp(keysDir);
  const cipher = await startCipher(keysDir);
  const make = async (name: string, filling: Filling) => {
    const created = { dataDir: join(root, name), keysDir };
    const started = performance.now();
    await fill(created, cipher.url, filling, (done) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${number(done)} messages`);
    });
    console.log(
      `\n# ${name}: ${number(filling.messages)} messages in ${number((performance.now() - started) / 1000)} s`,
    );
    return created;
  };
  try {
    const people = { users: 1000, conversations: 1000 };
    const full = await make('full', { ...people, messages: 1_000_000 / small });
    const spare = join(root, 'spare');
    await cp(full.dataDir, spare, { recursive: true, filter: (path) => !path.endsWith('lock') });

    if (wants('compare')) {
      await compare(full, await make('empty', { ...people, messages: 0 }), cipher.url, quick);
      await benchNaive(root, quick);
    }
    if (wants('concurrent')) {
      await concurrent(join(root, 'concurrent'), keysDir, cipher.url, 100_000 / small);
    }
    const long = { users: 4, conversations: 2, messages: 1_000_000 / small, inSecond: 100 };
    if (wants('page')) await newestPages(await make('long', long), cipher.url);
    if (wants('device') || only === 'idle') {
      await benchDevice(spare, keysDir, cipher.url, quick, only === 'idle');
    }
  } finally {
    await cipher.running.stop();
    await rm(root, { recursive: true });
  }
}

type Folder = { dataDir: string; keysDir: string };

/** A server with a million messages and an empty one, side by side. */
async function compare(full: Folder, empty: Folder, cipherUrl: string, quick: boolean): Promise<void> {
  const ready = { full: [] as number[], empty: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, folder] of [
      ['full', full],
      ['empty', empty],
    ] as const) {
      const server = await startServer(folder, cipherUrl);
      ready[name].push(server.readyMs);
      await server.stop();
    }
  }
  const slower = median(ready.full) / median(ready.empty);
  const times = `${number(slower, 2)} (${number(median(ready.full))} ms ÷ ${number(median(ready.empty))} ms)`;
  addFigure('time to ready with 1,000,000 messages ÷ with none', times, '≤ 1.5', slower <= 1.5);

  const servers = { full: await startServer(full, cipherUrl), empty: await startServer(empty, cipherUrl) };
  const senders = {
    full: await logInMany(servers.full.url, 64),
    empty: await logInMany(servers.empty.url, 64),
  };
  const rates = { full: [] as number[], empty: [] as number[] };
  let stall = 0;
  const ms = (quick ? 2000 : 8000) + WARM_UP_MS;
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of ['full', 'empty'] as const) {
      const order = { url: servers[name].url, senders: senders[name], text: TEXT, connections: 64, ms };
      await servers[name].probe();
      rates[name].push((await load({ ...order, warmUpMs: WARM_UP_MS })).perSecond);
      stall = Math.max(stall, (await servers[name].probe()).stallMs);
    }
  }
  const ratio = median(rates.full.map((rate, round) => rate / (rates.empty[round] ?? 1)));
  const both = `${number(ratio, 2)} (${number(median(rates.full))}/s ÷ ${number(median(rates.empty))}/s)`;
  addFigure(
    'sends per second with 1,000,000 stored ÷ with none, 64 connections',
    both,
    '≥ 0.9',
    ratio >= 0.9,
  );
  addFigure(
    'longest event-loop stall under that load, checkpoints included',
    `${number(stall, 1)} ms`,
    '≤ 50 ms',
    stall <= 50,
  );
  await pause(quick ? 1000 : 30_000);
  const rss = { full: (await servers.full.probe()).rssMiB, empty: (await servers.empty.probe()).rssMiB };
  const more = rss.full / rss.empty;
  const sizes = `${number(more, 2)} (${number(rss.full)} MiB ÷ ${number(rss.empty)} MiB)`;
  addFigure(
    'core RSS with 1,000,000 messages ÷ empty, 30 s after the same load',
    sizes,
    '≤ 1.3',
    more <= 1.3,
  );
  await servers.full.stop();
  await servers.empty.stop();
}

/** Fifty senders at once: after a restart every acknowledged message is stored once and in order. */
async function concurrent(
  dataDir: string,
  keysDir: string,
  cipherUrl: string,
  messages: number,
): Promise<void> {
  await fill({ dataDir, keysDir }, cipherUrl, { users: 100, conversations: 50, messages: 0 });
  let server = await startServer({ dataDir, keysDir }, cipherUrl);
  const senders = await logInMany(server.url, 50);
  const acknowledged = new Set<string>();
  while (acknowledged.size < messages) {
    const result = await load({
      url: server.url,
      senders,
      text: TEXT,
      connections: 50,
      ms: 5000,
      warmUpMs: 0,
    });
    for (const id of result.ids) acknowledged.add(id);
  }
  await server.stop();
  server = await startServer({ dataDir, keysDir }, cipherUrl);
  const read = new Set((await logInMany(server.url, 50)).map((sender) => sender.conversationId));
  const again = await logInMany(server.url, 50);
  let [holes, found] = [0, 0];
  for (const conversationId of read) {
    const reader = again.find((sender) => sender.conversationId === conversationId);
    if (!reader) continue;
    for (let before: number | undefined; before !== 1; ) {
      const rest = before === undefined ? '' : `&before=${before}`;
      const path = `/chat/history?myId=${reader.id}&conversationId=${conversationId}&limit=200${rest}`;
      const page = JSON.parse((await ask(server.url, path, reader.token)).text) as {
        id: string;
        seq: number;
        content: string;
      }[];
      for (const [index, { id, seq, content }] of page.entries()) {
        if (seq !== (page[0]?.seq ?? 0) + index || content !== TEXT) holes += 1;
        if (acknowledged.delete(id)) found += 1;
      }
      before = page[0]?.seq ?? 1;
    }
  }
  const lost = acknowledged.size;
  addFigure(
    'acknowledged messages lost in 50-way concurrent sending',
    `${lost} of ${number(found + lost)}, ${holes} out of order`,
    '0 of 100,000',
    lost + holes === 0,
  );
  await server.stop();
}

/** With the plaintext cache a page that was just read is not opened again; it is measured with and without. */
async function newestPages(folder: Folder, cipherUrl: string): Promise<void> {
  const figure =
    'newest page of a 1,000,000-message conversation, cold ÷ warm first page of a 100-message one';
  const opened = await newestPage(folder, cipherUrl, { PLAINTEXT_CACHE: 'off' });
  addFigure(`${figure}, both opened by the cipher`, opened.text, '≤ 2', opened.ratio <= 2);
  const remembered = await newestPage(folder, cipherUrl, {});
  addFigure('the same, the warm one remembered as readable text', remembered.text, '–', undefined);
}

/**
 * On one server: the first page of a short conversation, read again and again, against the newest page of a very long
 * one, read for the first time since the start.
 */
async function newestPage(
  folder: Folder,
  cipherUrl: string,
  env: Record<string, string>,
): Promise<{ ratio: number; text: string }> {
  const [cold, warm]: number[][] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const server = await startServer(folder, cipherUrl, env);
    const [inLong, inShort] = [await historyOf(server, 'u0'), await historyOf(server, 'u2')];
    const again: number[] = [];
    for (let n = 0; n < 100; n++) again.push((await inShort()).ms);
    warm?.push(median(again.slice(50)));
    const { ms, text } = await inLong();
    if (JSON.parse(text).length !== 50) throw new Error(`not a page: ${text.slice(0, 100)}`);
    cold?.push(ms);
    await server.stop();
  }
  const [one, other] = [median(cold ?? []), median(warm ?? [])];
  const text = `${number(one / other, 2)} (${number(one, 1)} ms ÷ ${number(other, 1)} ms)`;
  return { ratio: one / other, text };
}

/** Reads the newest page of a person's only conversation; no poll may have opened it before. */
async function historyOf(server: Server, username: string): Promise<() => ReturnType<typeof ask>> {
  const { text } = await ask(server.url, '/auth/login', '', { username, password: PASSWORD });
  const { id, token, contacts } = JSON.parse(text) as { id: string; token: string; contacts: string[] };
  return () => ask(server.url, `/chat/history?myId=${id}&friendId=${contacts[0]}`, token);
}

/** The work of the original for each message, in sequence: read the file, add a row, write the file without a sync. */
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
  const started = performance.now();
  let sent = 0;
  while (performance.now() - started < 3000) {
    await db.read();
    db.data.chats.push(row());
    await db.write();
    sent += 1;
  }
  const rate = sent / ((performance.now() - started) / 1000);
  addFigure(
    `the naive whole-file LowDB at ${number(stored)} messages, no HTTP, no cipher, never synced`,
    `${number(rate)} stored/s`,
    '–',
    undefined,
  );
}
