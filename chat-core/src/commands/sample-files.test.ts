import { expect, it } from 'vitest';
import { fakeCipher } from '../../test/support/fake-cipher.ts';
import { bytesOf, fileInput, messageDeps } from '../../test/support/uploads.ts';
import { SEALED_CHUNK_BYTES } from '../attachments/chunks.ts';
import { person } from '../storage/contract/rig.ts';
import { openMemoryStore } from '../storage/lowdb/lowdb-store.ts';
import { CHUNK_BYTES, MAX_PART_BYTES } from '../wire/attachments.ts';
import { openUploads } from './sample-files.ts';

/** An upload of ten chunks and a bit, with as many parts of four chunks stored. */
async function uploadOf(parts: number) {
  const [disk, cipher] = [new Map<string, Buffer>(), fakeCipher()];
  const store = await openMemoryStore(() => 1_700_000_000_000, {}, disk);
  await store.transact(async (tx) => {
    for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
  const { uploads } = messageDeps({ store, cipher });
  const bytes = bytesOf(10 * CHUNK_BYTES + 5);
  const { id } = await uploads.create('ani', fileInput('ani-budi', bytes.length));
  for (let offset = 0; offset < parts * MAX_PART_BYTES && offset < bytes.length; offset += MAX_PART_BYTES)
    await uploads.storePart('ani', id, offset, [bytes.subarray(offset, offset + MAX_PART_BYTES)]);
  const file = () =>
    [...disk].find(([path]) => path.includes(`/attachments/`) && path.includes(id))?.[1] ?? Buffer.alloc(0);
  const flip = (chunk: number) => {
    const at = chunk * SEALED_CHUNK_BYTES;
    file().writeUInt8(file().readUInt8(at) ^ 1, at);
  };
  const check = (everyChunk = true, rows = store.uploads()) =>
    openUploads(store.files, cipher, rows, everyChunk);
  return { id, flip, check, store };
}

it('an open upload opens as far as it is stored for certain, and a damaged one is named', async () => {
  for (const parts of [0, 1, 2, 3]) {
    const { check } = await uploadOf(parts);
    expect(await check()).toEqual({ opened: 1, faults: [] });
    expect(await check(false)).toEqual({ opened: 1, faults: [] });
  }
  const half = await uploadOf(2);
  // A power cut may have left the last write wrong: the upload goes on before it.
  half.flip(7);
  expect(await half.check()).toEqual({ opened: 1, faults: [] });
  half.flip(1);
  half.flip(2);
  expect((await half.check()).faults).toEqual([
    {
      path: `attachments/ani-budi/${half.id}`,
      offset: 0,
      what: '2 pieces of an open upload do not open, the first is number 1',
    },
  ]);
  const whole = await uploadOf(3);
  whole.flip(10);
  expect((await whole.check(false)).faults).toMatchObject([{ what: expect.stringContaining('number 10') }]);
});

it('an upload whose name was sealed for another one is named', async () => {
  const { id, check, store } = await uploadOf(1);
  const rows = store.uploads().map((row) => ({ ...row, id: `${id}x` }));
  expect((await check(true, rows)).faults).toEqual([
    { path: 'uploads', offset: 0, what: `the name of upload ${id}x does not open` },
  ]);
});
