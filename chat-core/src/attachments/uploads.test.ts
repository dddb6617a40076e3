import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeCipher } from '../../test/support/fake-cipher.ts';
import { until } from '../../test/support/until.ts';
import { bytesOf, fileInput, messageDeps } from '../../test/support/uploads.ts';
import { createLog } from '../log.ts';
import { sendMessage } from '../messages/send.ts';
import { openMemoryStore } from '../storage/lowdb/lowdb-store.ts';
import type { Store } from '../storage/store.ts';
import { CHUNK_BYTES, MAX_PART_BYTES } from '../wire/attachments.ts';
import { SEALED_CHUNK_BYTES } from './chunks.ts';
import { sweepUploads } from './sweep.ts';
import type { Uploads } from './uploads.ts';

const ANI = '550e8400-e29b-41d4-a716-446655440000';
const BUDI = '9369a106-377e-47a6-8872-c994764a1d00';
const conversationId = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const HOUR_MS = 3_600_000;

const clock = { wall: 0, elapsed: 0 };
let files: Map<string, Buffer>;
let store: Store;
let uploads: Uploads;
let cipher: ReturnType<typeof fakeCipher>;

/** A process that begins with what the disk has. */
async function restart(): Promise<void> {
  store = await openMemoryStore(() => clock.wall, { elapsed: () => clock.elapsed }, files);
  cipher = fakeCipher();
  ({ uploads } = messageDeps({ store, cipher }));
}
beforeEach(async () => {
  clock.wall = Date.UTC(2026, 0, 5);
  clock.elapsed = 0;
  files = new Map();
  await restart();
  await store.transact(async (tx) => {
    for (const id of [ANI, BUDI]) {
      await tx.saveAccount({ id, username: id, password: 'h', contacts: [], tokenVersion: 0, devices: [] });
    }
    await tx.befriend(ANI, BUDI, conversationId);
  });
});

function wait(ms: number): void {
  clock.wall += ms;
  clock.elapsed += ms;
}
const stored = () => [...files.keys()].filter((path) => path.includes('/attachments/'));
async function create(size: number): Promise<string> {
  return (await uploads.create(ANI, fileInput(conversationId, size))).id;
}
/** Uploads as many bytes of a file. */
async function fill(id: string, bytes: Buffer, from: number, end: number): Promise<void> {
  for (let offset = from; offset < end; offset += MAX_PART_BYTES) {
    const part = bytes.subarray(offset, Math.min(end, offset + MAX_PART_BYTES));
    await uploads.storePart(ANI, id, offset, [part]);
  }
}

describe('after a restart', () => {
  const bytes = bytesOf(9 * CHUNK_BYTES + 100);
  const at = (chunk: number) => chunk * SEALED_CHUNK_BYTES;
  const flip = (chunk: number) => (file: Buffer) => {
    file.writeUInt8(file.readUInt8(at(chunk)) ^ 1, at(chunk));
    return file;
  };

  it.each<[string, number, (file: Buffer) => Buffer, number]>([
    ['whole', 6, (file) => file, 6],
    ['wrong in its last chunk', 6, flip(5), 5],
    ['wrong in the first of its last four chunks', 6, flip(2), 2],
    ['cut in its last chunk', 6, (file) => file.subarray(0, at(6) - 1), 5],
    ['longer by a torn chunk', 6, (file) => Buffer.concat([file, Buffer.alloc(100)]), 6],
    [
      'longer by zeros of a lost part',
      6,
      (file) => Buffer.concat([file, Buffer.alloc(3 * SEALED_CHUNK_BYTES)]),
      6,
    ],
    ['wrong in its only chunk', 1, flip(0), 0],
    ['empty', 1, () => Buffer.alloc(0), 0],
  ])(
    'an upload whose file is %s goes on from its last good chunk, and ends whole',
    async (_, sent, damage, good) => {
      const id = await create(bytes.length);
      await fill(id, bytes, 0, sent * CHUNK_BYTES);
      const [path = ''] = stored();
      files.set(path, damage(Buffer.from(files.get(path) ?? '')));
      await restart();
      expect((await uploads.state(ANI, id)).offset).toBe(good * CHUNK_BYTES);
      await fill(id, bytes, good * CHUNK_BYTES, bytes.length);
      const [row] = await uploads.requireComplete(ANI, conversationId, [id]);
      const file = await store.files.read({ conversationId, id }, 0, 2 ** 24);
      const parts: Buffer[] = [];
      for (let index = 0; index < 10; index += 4) {
        const chunks = {
          key: row?.key ?? expect.fail(),
          binding: { fileId: id, conversationId, senderId: ANI },
          index,
          isLast: index === 8,
        };
        const opened = await cipher.openChunks(
          chunks,
          file?.subarray(at(index), at(index + 4)) ?? expect.fail(),
        );
        parts.push(opened ?? expect.fail());
      }
      expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    },
  );

  it('a complete file that was not finished is finished by the next use', async () => {
    const id = await create(5);
    const finish = vi.spyOn(store.files, 'finish').mockRejectedValue(new Error('the power is cut'));
    await expect(uploads.storePart(ANI, id, 0, [bytesOf(5)])).rejects.toThrow('cut');
    finish.mockRestore();
    await restart();
    expect(stored()[0]).toMatch(/\.part$/);
    expect((await uploads.storePart(ANI, id, 0, [bytesOf(5)])).offset).toBe(5);
    expect(stored()[0]).not.toMatch(/\.part$/);
  });

  it('discarded files are removed by the first sweep', async () => {
    const id = await create(5);
    await uploads.storePart(ANI, id, 0, [bytesOf(5)]);
    vi.spyOn(store.files, 'remove').mockRejectedValue(new Error('the power is cut'));
    await expect(uploads.cancel(ANI, id)).rejects.toThrow('cut');
    await restart();
    expect([stored().length, store.uploads()]).toEqual([1, [{ state: 'discarded', id, conversationId }]]);
    const end = sweepUploads(uploads, createLog('silent'));
    await until(() => store.uploads().length === 0);
    expect(stored()).toEqual([]);
    end();
  });
});

describe('the sweep', () => {
  it('an upload that no message claims for a day is discarded and removed, and a claimed one stays', async () => {
    const [old, claimed] = [await create(5), await create(5)];
    for (const id of [old, claimed]) await uploads.storePart(ANI, id, 0, [bytesOf(5)]);
    const deps = { store, cipher, uploads };
    await sendMessage(deps, ANI, { senderId: ANI, conversationId, message: '', attachments: [claimed] });
    wait(23 * HOUR_MS);
    const fresh = await create(5);
    wait(HOUR_MS);
    await uploads.discardOlderThan(24 * HOUR_MS);
    await uploads.removeDiscarded();
    expect(store.uploads().map(({ id }) => id)).toEqual([fresh]);
    expect(stored().map((path) => path.split('/').at(-1))).toEqual([claimed]);
    await expect(uploads.state(ANI, old)).rejects.toThrow(expect.objectContaining({ code: 'NO_SUCH_FILE' }));
  });

  it('an upload that still grows is not discarded, however old it is', async () => {
    const bytes = bytesOf(2 * CHUNK_BYTES);
    const id = await create(bytes.length);
    wait(23 * HOUR_MS);
    await uploads.storePart(ANI, id, 0, [bytes.subarray(0, CHUNK_BYTES)]);
    wait(2 * HOUR_MS);
    await uploads.discardOlderThan(24 * HOUR_MS);
    expect(store.uploads()).toHaveLength(1);
    wait(23 * HOUR_MS);
    await uploads.discardOlderThan(24 * HOUR_MS);
    expect(store.uploads()).toEqual([{ state: 'discarded', id, conversationId }]);
  });

  it('a clock that jumps by a year, forwards or back, discards no upload', async () => {
    const id = await create(5);
    for (const ms of [365 * 24 * HOUR_MS, -730 * 24 * HOUR_MS]) {
      clock.wall += ms;
      await uploads.discardOlderThan(24 * HOUR_MS);
      expect((await uploads.state(ANI, id)).offset).toBe(0);
    }
    wait(24 * HOUR_MS);
    await uploads.discardOlderThan(24 * HOUR_MS);
    expect(store.uploads()[0]?.state).toBe('discarded');
  });

  it('after a week without power, clients have an hour to go on with their uploads', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const id = await create(5);
    wait(7 * 24 * HOUR_MS);
    await restart();
    const end = sweepUploads(uploads, createLog('silent'));
    await vi.advanceTimersByTimeAsync(HOUR_MS - 1000);
    expect((await uploads.state(ANI, id)).offset).toBe(0);
    await vi.advanceTimersByTimeAsync(1000);
    vi.useRealTimers();
    await until(() => store.uploads().length === 0);
    end();
  });

  it('a file that cannot be removed is removed by a later sweep', async () => {
    const id = await create(5);
    await uploads.storePart(ANI, id, 0, [bytesOf(5)]);
    const remove = vi.spyOn(store.files, 'remove').mockRejectedValueOnce(new Error('no'));
    await expect(uploads.cancel(ANI, id)).rejects.toThrow('no');
    expect(stored()).toHaveLength(1);
    await uploads.removeDiscarded();
    expect([stored(), store.uploads(), remove.mock.calls.length]).toEqual([[], [], 2]);
  });
});

it.each(['sealed', 'written'])(
  'a part that could not be %s is stored by its repeat, and nothing of it counts before',
  async (what) => {
    const bytes = bytesOf(2 * CHUNK_BYTES);
    const id = await create(bytes.length);
    await uploads.storePart(ANI, id, 0, [bytes.subarray(0, CHUNK_BYTES)]);
    const failing = what === 'sealed' ? vi.spyOn(cipher, 'sealChunks') : vi.spyOn(store.files, 'write');
    failing.mockRejectedValueOnce(new Error('not now'));
    const last = () => uploads.storePart(ANI, id, CHUNK_BYTES, [bytes.subarray(CHUNK_BYTES)]);
    await expect(last()).rejects.toThrow('not now');
    expect((await uploads.state(ANI, id)).offset).toBe(CHUNK_BYTES);
    expect((await last()).offset).toBe(bytes.length);
  },
);

it('an upload that is cancelled while a part of it arrives leaves nothing', async () => {
  const id = await create(5);
  const outcomes = await Promise.allSettled([
    uploads.storePart(ANI, id, 0, [bytesOf(5)]),
    uploads.cancel(ANI, id),
    uploads.storePart(ANI, id, 0, [bytesOf(5)]),
  ]);
  expect(outcomes.map(({ status }) => status)).toContain('fulfilled');
  expect([stored(), store.uploads()]).toEqual([[], []]);
});

it('an upload that is cancelled while a message claims it is either whole in the message or gone', async () => {
  for (let n = 0; n < 10; n++) {
    const id = await create(5);
    await uploads.storePart(ANI, id, 0, [bytesOf(5)]);
    const deps = { store, cipher, uploads };
    const message = { senderId: ANI, conversationId, message: '', attachments: [id] };
    const [sent] = await Promise.allSettled([
      sendMessage(deps, ANI, { ...message, clientMessageId: randomUUID() }),
      uploads.cancel(ANI, id),
    ]);
    expect([await store.files.isFinished({ conversationId, id }), store.uploads()]).toEqual([
      sent.status === 'fulfilled',
      [],
    ]);
  }
});
