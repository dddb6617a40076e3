import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { openZip } from '../../../chat-frontend/src/import/zip.ts';
import { ending, type ZipFile, zip } from './zip.ts';

async function* pieces(...all: Uint8Array[]) {
  yield* all;
}
async function* files(all: ZipFile[]) {
  yield* all;
}

async function zipped(all: ZipFile[]): Promise<Blob> {
  const parts: Buffer[] = [];
  for await (const piece of zip(files(all), new Date(Date.UTC(2026, 10, 29, 20, 3, 4)))) parts.push(piece);
  return new Blob(parts as Uint8Array<ArrayBuffer>[]);
}

const read = async (entry: Awaited<ReturnType<typeof openZip>>[number]) =>
  Buffer.from(await (await entry.open(2 ** 24)).arrayBuffer());

it('a zip holds each file under its name with its bytes, texts smaller and pictures as they are', async () => {
  const text = Buffer.from('halo '.repeat(50_000));
  const picture = randomBytes(700_000);
  const archive = await zipped([
    { path: 'README.txt', bytes: pieces() },
    { path: 'chats/001 Ibu 👩.json', bytes: pieces(text.subarray(0, 9), text.subarray(9)) },
    {
      path: 'files/a.png',
      isCompressed: true,
      bytes: pieces(picture.subarray(0, 262_144), picture.subarray(262_144)),
    },
  ]);
  const entries = await openZip(archive);
  expect(entries.map(({ path, size }) => [path, size])).toEqual([
    ['README.txt', 0],
    ['chats/001 Ibu 👩.json', text.length],
    ['files/a.png', picture.length],
  ]);
  const contents = await Promise.all(entries.map(read));
  expect(
    contents.map((content, index) => content.equals([Buffer.alloc(0), text, picture][index] as Buffer)),
  ).toEqual([true, true, true]);
  expect(archive.size).toBeLessThan(picture.length + 10_000);
});

it('a zip that is too large for its first form has an ending of Zip64 before it, which readers follow', async () => {
  const archive = await zipped([{ path: 'a', bytes: pieces(Buffer.from('halo')) }]);
  const end = new DataView(await archive.slice(-22).arrayBuffer());
  const [bytes, offset] = [end.getUint32(12, true), end.getUint32(16, true)];
  const large = new Blob([archive.slice(0, -22), ending(1, bytes, offset, true) as Uint8Array<ArrayBuffer>]);
  const [entry = expect.fail()] = await openZip(large);
  expect((await read(entry)).toString()).toBe('halo');
  const [many, far] = [ending(70_000, 1, 1), ending(1, 1, 2 ** 32)];
  expect([many.length, many.readUInt16LE(many.length - 12)]).toEqual([98, 0xffff]);
  expect([far.length, far.readUInt32LE(far.length - 6)]).toEqual([98, 0xffff_ffff]);
});

it('what a file throws ends the zip, and a zip that is not read to its end closes its file', async () => {
  async function* failing() {
    yield Buffer.from('a');
    throw new Error('the disk is gone');
  }
  await expect(zipped([{ path: 'a', bytes: failing() }])).rejects.toThrow('the disk is gone');
  const closed = Promise.withResolvers<void>();
  async function* endless() {
    try {
      for (;;) yield randomBytes(65_536);
    } finally {
      closed.resolve();
    }
  }
  for await (const piece of zip(files([{ path: 'a', isCompressed: true, bytes: endless() }]), new Date(0)))
    if (piece.length > 1000) break;
  await closed.promise;
});
