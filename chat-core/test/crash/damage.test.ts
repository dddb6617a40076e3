import { expect, it } from 'vitest';
import { openStore } from '../../src/storage/lowdb/lowdb-store.ts';
import { CorruptionError } from '../../src/storage/lowdb/pages/page-file.ts';
import { describeStore, newAccount } from './model-rows.ts';
import { seeded } from './random.ts';
import { SimulatedDisk } from './simulated-disk.ts';

/** One in how many bits is flipped, an odd number; 1 takes five times as long. */
const THINNING = Number(process.env.DAMAGE_THINNING ?? 5);
const now = () => 1_700_000_000_000;
const options = { now, fileBytes: 4096, cacheBytes: 16 * 1024, groupCommitMs: 0 };
const open = (disk: SimulatedDisk) => openStore(disk, 'data', options);

type Written = { disk: SimulatedDisk; whole: string; stages: string[] };

/** Writes a small database with pages and journal files. `whole` describes it, `stages` describe it after earlier commits. */
async function write(checkpoint: boolean): Promise<Written> {
  const disk = new SimulatedDisk(seeded(1));
  const store = await open(disk);
  const send = (n: number) =>
    store.transact((tx) =>
      tx.appendMessage({
        id: `m${n}`,
        conversationId: 'ani-budi',
        senderId: 'ani',
        content: `sealed ${n} `.padEnd(90, 'ö'),
        timestamp: n,
        v: 1,
        kid: 'k1',
      }),
    );
  await store.transact(async (tx) => {
    for (const id of ['ani', 'budi']) await tx.saveAccount(newAccount(id));
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
  const stages: string[] = [];
  for (let n = 1; n <= (checkpoint ? 60 : 5); n++) {
    await send(n);
    stages.unshift(await describeStore(store));
  }
  if (checkpoint) await store.checkpoint();
  await send(1000);
  const whole = await describeStore(store);
  await store.close();
  return { disk, whole, stages };
}

type Harm = { name: string; bytes: Buffer };

/** Every `step * THINNING`th bit flipped, every `step`th truncation, and every sector zeroed. */
function* harms(bytes: Buffer, step: number): Generator<Harm> {
  for (let bit = 0; bit < bytes.length * 8; bit += step * THINNING) {
    const harmed = Buffer.from(bytes);
    harmed.writeUInt8(harmed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    yield { name: `bit ${bit}`, bytes: harmed };
  }
  for (let end = 0; end < bytes.length; end += step)
    yield { name: `cut at ${end}`, bytes: bytes.subarray(0, end) };
  for (let offset = 0; offset < bytes.length; offset += 512) {
    const zeroed = Buffer.from(bytes).fill(0, offset, Math.min(offset + 512, bytes.length));
    yield { name: `zeros at ${offset}`, bytes: zeroed };
  }
}

/** Opens the damaged database and reads all of it. @returns its description, or the CorruptionError */
async function openAndRead(disk: SimulatedDisk): Promise<{ text: string } | { damage: CorruptionError }> {
  try {
    const store = await open(disk);
    const text = await describeStore(store);
    await store.close();
    return { text };
  } catch (error) {
    if (error instanceof CorruptionError) return { damage: error };
    throw error;
  }
}

async function harm(disk: SimulatedDisk, path: string, bytes: Buffer): Promise<SimulatedDisk> {
  const harmed = disk.restart();
  const file = await harmed.open(path, 'create');
  await file.write(bytes, 0);
  return harmed;
}

/** Number of lines with a byte in the sector that starts at `offset`. */
function linesIn(bytes: Buffer, offset: number): number {
  const ends = bytes.subarray(offset, offset + 512).filter((byte) => byte === 0x0a).length;
  return ends + 1;
}

async function examine(written: Written, path: string, step: number): Promise<Record<string, number>> {
  const bytes = await written.disk.read(path);
  if (!bytes) throw new Error(`there is no ${path}`);
  const seen = { right: 0, refused: 0, lostLastWrite: 0 };
  for (const { name, bytes: harmed } of harms(bytes, step)) {
    const found = await openAndRead(await harm(written.disk, path, harmed));
    if ('damage' in found) {
      expect([name, found.damage.path.startsWith('data/'), Number.isInteger(found.damage.offset)]).toEqual([
        name,
        true,
        true,
      ]);
      seen.refused += 1;
    } else if (found.text === written.whole) {
      seen.right += 1;
    } else {
      // With a last sector all lines are lost that end or start in it.
      const lost = written.stages.indexOf(found.text) + 1;
      const maxLost = name.startsWith('zeros') ? linesIn(bytes, Number(/\d+$/.exec(name)?.[0])) : 1;
      expect([path, name, lost >= 1 && lost <= maxLost]).toEqual([path, name, true]);
      seen.lostLastWrite += 1;
    }
  }
  return seen;
}

it('a journal with a flipped bit, truncated or with a lost sector is read correctly, or refused, or loses only its last write', async () => {
  const written = await write(false);
  const seen = await examine(written, 'data/journal/00000001.jsonl', 1);
  expect(seen.refused).toBeGreaterThan(1000);
  expect(seen.lostLastWrite).toBeGreaterThan(100);
});

it('a damaged older journal file is refused or read correctly, and loses nothing', async () => {
  const written = await write(true);
  const journals = (await written.disk.list('data/journal')).filter((name) => /^\d/.test(name)).slice(0, -1);
  expect(journals.length).toBeGreaterThan(1);
  let refused = 0;
  for (const name of journals) {
    const seen = await examine(written, `data/journal/${name}`, 41);
    expect([name, seen.lostLastWrite]).toEqual([name, 0]);
    refused += seen.refused ?? 0;
  }
  expect(refused).toBeGreaterThan(200);
});

it.each(['users/0001.json', 'conversations/0001.json', 'messages/ani-budi/0001.json'])(
  'a damaged page %s is refused when it is read',
  async (page) => {
    const written = await write(true);
    const seen = await examine(written, `data/${page}`, page.startsWith('messages') ? 29 : 3);
    expect(seen.lostLastWrite).toBe(0);
    expect(seen.refused).toBeGreaterThan(100);
  },
);

it.each(['meta.json', 'meta.copy.json'])(
  'a damaged %s loses nothing, since its copy has the same content',
  async (name) => {
    const written = await write(true);
    const seen = await examine(written, `data/${name}`, 3);
    expect([seen.refused, seen.lostLastWrite]).toEqual([0, 0]);
    expect(seen.right).toBeGreaterThan(100);
  },
);
