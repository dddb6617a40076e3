import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { fakeFileServer, type ServerFault } from '../../test/support/fake-file-server.ts';
import { type KeyValueStore, memoryKeyValueStore } from '../key-value-store.ts';
import type { FileBlobs, StoredFile } from '../local-db/file-blobs.ts';
import { createOutboxStore } from '../local-db/outbox-store.ts';
import type { PendingMessage } from '../state/pending.ts';
import { createOutbox } from './outbox.ts';
import { nextPartBytes } from './upload-file.ts';
import { createUploads } from './uploads.lazy.ts';

const HOUR_MS = 60 * 60 * 1_000;

function memoryBlobs(stored: Map<string, StoredFile>): FileBlobs {
  const dropWhere = async (isUnwanted: (file: StoredFile) => boolean) => {
    for (const file of [...stored.values()]) if (isUnwanted(file)) stored.delete(file.id);
  };
  return {
    persists: async () => true,
    put: async (file) => void stored.set(file.id, file),
    get: async (id) => stored.get(id),
    drop: async (ids) => ids.forEach((id) => void stored.delete(id)),
    forgetChats: (ids) => dropWhere(({ conversationId }) => ids.includes(conversationId)),
    sweep: (isUsed) => dropWhere(({ id }) => !isUsed(id)),
  };
}

type Server = ReturnType<typeof fakeFileServer>;

/** A page over what a browser stores. After `kill` it neither stores nor receives anything, as after a reload. */
function openPage(
  server: Server,
  time: ReturnType<typeof fakeClock>,
  keys: KeyValueStore,
  stored: Map<string, StoredFile>,
) {
  let isAlive = true;
  let shown: PendingMessage[] = [];
  const alive = <Args extends unknown[], Result>(run: (...args: Args) => Promise<Result>) => {
    return async (...args: Args): Promise<Result> => {
      if (!isAlive) return new Promise(() => undefined);
      const result = await run(...args).then(
        (value) => ({ value }),
        (thrown: unknown) => ({ thrown }),
      );
      if (!isAlive) return new Promise(() => undefined);
      if ('thrown' in result) throw result.thrown;
      return result.value;
    };
  };
  const { api } = server;
  const blobs = memoryBlobs(stored);
  const outboxStore = createOutboxStore(keys, 'me', () => undefined);
  const uploads = createUploads({
    api: {
      ...api,
      createUpload: alive(api.createUpload),
      putPart: alive(api.putPart),
      uploadState: alive(api.uploadState),
      cancelUpload: alive(api.cancelUpload),
    },
    blobs: { ...blobs, put: alive(blobs.put), get: alive(blobs.get), drop: alive(blobs.drop) },
    clock: time.clock,
    setFiles: (...args) => outbox.setFiles(...args),
    entries: outboxStore.entries,
    reread: async () => false,
  });
  const send = alive(server.send);
  const outbox = createOutbox({
    outboxStore,
    clock: time.clock,
    random: () => 0.5,
    send: alive((entry) => (entry.files ? uploads.deliver(entry, (ids) => send(entry, ids)) : send(entry))),
    stopUpload: uploads.stop,
    dropFiles: (entry, isSent) => void uploads.drop(entry, isSent),
    onSent: () => undefined,
    onChange: (entries) => {
      shown = entries;
    },
  });
  return {
    outbox,
    uploads,
    shown: () => shown,
    async sendFiles(conversationId: string, text: string, contents: [bytes: Uint8Array, type?: string][]) {
      const files = contents.map(([bytes, type = 'application/pdf'], index) => ({
        file: new Blob([bytes as BlobPart]),
        pending: {
          id: `${text} ${index}`,
          name: `${index}.pdf`,
          type,
          size: bytes.length,
          look: {},
          stored: 0,
        },
      }));
      await uploads.store(conversationId, files);
      const pending = files.map((file) => file.pending);
      outbox.add(conversationId, text, { files: pending });
    },
    kill(): void {
      isAlive = false;
      outbox.pause();
    },
  };
}

function openWorld(faults: ServerFault[] = []) {
  const time = fakeClock();
  const remaining = [...faults];
  const server = fakeFileServer(() => remaining.shift() ?? 'ok');
  const keys = memoryKeyValueStore();
  const stored = new Map<string, StoredFile>();
  const open = () => {
    const page = openPage(server, time, keys, stored);
    page.outbox.run();
    return page;
  };
  return { time, server, stored, open, faults: remaining };
}

const bytesOf = (length: number, seed = 1) =>
  Uint8Array.from({ length }, (_, index) => (index * 7 + seed * 31) % 251);
const contentsOf = (server: Server) =>
  server.messages.map(({ entry, files }) => [entry.text, ...files.map(({ bytes }) => [...bytes].join())]);

test('files are uploaded one after another in whole chunks, then the message is sent and nothing of them stays', async () => {
  const { time, server, stored, open } = openWorld();
  const page = open();
  await page.sendFiles('c1', 'dua', [[bytesOf(37)], [bytesOf(4, 2)]]);
  page.outbox.add('c1', 'sesudahnya');
  await time.pass(1_000);
  expect(contentsOf(server)).toEqual([
    ['dua', [...bytesOf(37)].join(), [...bytesOf(4, 2)].join()],
    ['sesudahnya'],
  ]);
  expect(server.parts).toEqual([4, 16, 16, 1, 4]);
  expect([stored.size, page.shown().length, server.uploads.size]).toEqual([0, 0, 0]);
});

test('whatever is cut, lost, repeated, refused for a while or rolled back, every file arrives once and whole, also after reloads and pauses', async () => {
  const fault = fc.constantFrom<ServerFault>(
    ...([
      'ok',
      'hang',
      'lost',
      'cut',
      'some',
      'back',
      'OVERLOADED',
      'TOO_MANY_REQUESTS',
      'NOT_READY',
    ] as const),
  );
  const event = fc.record({
    after: fc.integer({ min: 0, max: 3_000 }),
    kind: fc.constantFrom('reload', 'pause', 'continue', 'follow', 'lead'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 3 }),
      fc.array(fault, { maxLength: 40, size: 'max' }),
      fc.array(event, { maxLength: 6 }),
      async (sizes, faults, events) => {
        const { time, server, stored, open } = openWorld(faults);
        let page = open();
        page.outbox.add('c1', 'sebelumnya');
        await page.sendFiles(
          'c1',
          'berkas',
          sizes.map((size, index) => [bytesOf(size, index)]),
        );
        const id = page.shown().find(({ files }) => files)?.id ?? '';
        for (const { after, kind } of events) {
          await time.pass(after);
          if (kind === 'reload') {
            page.kill();
            page = open();
          } else if (kind === 'pause') page.outbox.pauseUpload(id);
          else if (kind === 'continue') page.outbox.retry(id);
          else if (kind === 'follow') page.outbox.pause();
          else page.outbox.run();
        }
        page.outbox.run();
        page.outbox.retry(id);
        page.outbox.add('c1', 'sesudahnya');
        await time.pass(HOUR_MS);
        const files = sizes.map((size, index) => [...bytesOf(size, index)].join());
        expect(contentsOf(server)).toEqual([['sebelumnya'], ['berkas', ...files], ['sesudahnya']]);
        expect([page.shown(), stored.size, server.uploads.size]).toEqual([[], 0, 0]);
      },
    ),
    { numRuns: 300 },
  );
});

test('when the server has forgotten the files, they are uploaded once more under new ids', async () => {
  // Created, both parts and the send, which finds nothing.
  const { time, server, open } = openWorld(['ok', 'ok', 'ok', 'swept']);
  await open().sendFiles('c1', 'lama', [[bytesOf(20)]]);
  await time.pass(HOUR_MS);
  expect(contentsOf(server)).toEqual([['lama', [...bytesOf(20)].join()]]);
  expect(server.messages[0]?.files[0]?.input.id).not.toBe('lama 0');
});

test('after a lost answer to the message nothing is uploaded again: the message may be stored already', async () => {
  const { time, server, open } = openWorld(['ok', 'ok', 'lost']);
  await open().sendFiles('c1', 'sekali', [[bytesOf(4)]]);
  await time.pass(HOUR_MS);
  expect([server.parts, server.uploads.size, server.messages.length]).toEqual([[4], 0, 1]);
});

test('a page that believes the server further or less far than it is asks for the state, and goes on from there', async () => {
  const { time, server, open, faults } = openWorld();
  const page = open();
  faults.push('ok', 'ok', 'WRONG_OFFSET');
  await page.sendFiles('c1', 'mundur', [[bytesOf(40)]]);
  await time.pass(0);
  expect(contentsOf(server)).toEqual([['mundur', [...bytesOf(40)].join()]]);
});

test('what an upload reports after its pause does not undo the pause', async () => {
  const { time, open } = openWorld(['ok', 'ok', 'cut']);
  const page = open();
  await page.sendFiles('c1', 'jeda', [[bytesOf(40)]]);
  await time.pass(0);
  const [entry] = page.shown();
  page.outbox.pauseUpload(entry?.id ?? '');
  expect(await page.outbox.setFiles(entry?.id ?? '', entry?.files ?? [], false)).toBe(false);
  expect(page.shown()[0]?.files?.[0]?.paused).toBe(true);
});

test('a tab that leads no more uploads no more', async () => {
  const { time, server, open } = openWorld(['ok', 'ok', 'hang']);
  const page = open();
  await page.sendFiles('c1', 'tab lama', [[bytesOf(60)]]);
  await time.pass(0);
  page.outbox.pause();
  await time.pass(0);
  expect(page.shown().map(({ status }) => status)).toEqual(['waiting']);
  const next = open();
  await time.pass(0);
  expect(contentsOf(server)).toEqual([['tab lama', [...bytesOf(60)].join()]]);
  await time.pass(HOUR_MS);
  expect([next.shown(), server.parts.reduce((sum, bytes) => sum + bytes, 0)]).toEqual([[], 60]);
});

test('a file that is not what its type says is sent again as a plain file', async () => {
  const { time, server, stored, open } = openWorld();
  await open().sendFiles('c1', 'bukan gambar', [[bytesOf(9), 'image/png']]);
  await time.pass(HOUR_MS);
  const [sent] = server.messages;
  expect(sent?.files.map(({ input }) => input.type)).toEqual(['application/octet-stream']);
  expect([server.cancelled, stored.size]).toEqual([['bukan gambar 0'], 0]);
});

test.each(['QUOTA_EXCEEDED', 'BOX_FULL', 'FILE_TOO_LARGE', 'INVALID_FILE', 'NOT_MEMBER'] as const)(
  'a message whose file is refused with %s waits for the person and keeps the file; others go on',
  async (code) => {
    const { time, server, stored, open } = openWorld([code]);
    const page = open();
    await page.sendFiles('c1', 'ditolak', [[bytesOf(9)]]);
    page.outbox.add('c1', 'teks');
    await time.pass(HOUR_MS);
    expect(page.shown().map(({ text, status, reason }) => [text, status, reason])).toEqual([
      ['ditolak', 'failed', code],
    ]);
    expect([contentsOf(server), stored.size]).toEqual([[['teks']], 1]);
    page.outbox.retry(page.shown()[0]?.id ?? '');
    await time.pass(1_000);
    expect(contentsOf(server).map(([text]) => text)).toEqual(['teks', 'ditolak']);
  },
);

test('a paused upload stands still, does not hold up the texts behind it, and goes on from where it was', async () => {
  const { time, server, faults, open } = openWorld();
  const page = open();
  faults.push('ok', 'ok', 'cut');
  await page.sendFiles('c1', 'besar', [[bytesOf(60)]]);
  await time.pass(0);
  const [entry] = page.shown();
  expect(entry?.files?.[0]?.stored).toBe(4);
  page.outbox.pauseUpload(entry?.id ?? '');
  page.outbox.add('c1', 'teks');
  await time.pass(HOUR_MS);
  expect(contentsOf(server)).toEqual([['teks']]);
  expect(page.shown().map(({ text, status, reason }) => [text, status, reason])).toEqual([
    ['besar', 'waiting', undefined],
  ]);
  page.outbox.retry(entry?.id ?? '');
  await time.pass(1_000);
  expect(contentsOf(server)).toEqual([['teks'], ['besar', [...bytesOf(60)].join()]]);
  expect(server.parts.reduce((sum, bytes) => sum + bytes, 0)).toBe(60);
});

test('a cancelled message is cancelled on the server too, also when the first attempts do not reach it', async () => {
  const { time, server, stored, faults, open } = openWorld();
  const page = open();
  faults.push('ok', 'ok', 'cut');
  await page.sendFiles('c1', 'batal', [[bytesOf(60)]]);
  await time.pass(0);
  faults.push('cut', 'OVERLOADED');
  page.outbox.remove(page.shown()[0]?.id ?? '');
  await time.pass(HOUR_MS);
  expect([server.cancelled, server.uploads.size, server.messages, stored.size]).toEqual([
    ['batal 0'],
    0,
    [],
    0,
  ]);
});

test('a file whose content this browser has lost fails with that reason, unless the server has all of it', async () => {
  const { time, server, stored, faults, open } = openWorld();
  const page = open();
  faults.push('cut');
  await page.sendFiles('c1', 'hilang', [[bytesOf(9)]]);
  await time.pass(0);
  stored.clear();
  await time.pass(HOUR_MS);
  expect(page.shown().map(({ status, reason }) => [status, reason])).toEqual([['failed', 'NO_SUCH_FILE']]);

  const other = openWorld();
  const second = other.open();
  other.faults.push('ok', 'ok', 'ok', 'cut');
  await second.sendFiles('c1', 'utuh', [[bytesOf(9)]]);
  await other.time.pass(0);
  other.stored.clear();
  await other.time.pass(HOUR_MS);
  expect(contentsOf(other.server)).toEqual([['utuh', [...bytesOf(9)].join()]]);
  expect(server.messages).toEqual([]);
});

test.each(['pauseUpload', 'remove'] as const)(
  '%s in another tab ends the upload that runs here',
  async (action) => {
    const { time, server, stored, faults, open } = openWorld();
    const leader = open();
    const other = open();
    other.outbox.pause();
    faults.push('ok', 'ok', 'hang');
    await leader.sendFiles('c1', 'di tab lain', [[bytesOf(60)]]);
    await time.pass(0);
    expect(leader.shown().map(({ status }) => status)).toEqual(['sending']);
    other.outbox[action](leader.shown()[0]?.id ?? '');
    leader.outbox.changedElsewhere();
    leader.outbox.add('c1', 'teks');
    await time.pass(0);
    expect(contentsOf(server)).toEqual([['teks']]);
    await time.pass(HOUR_MS);
    const isPaused = action === 'pauseUpload';
    expect([server.messages.length, stored.size, leader.shown().length]).toEqual([
      1,
      isPaused ? 1 : 0,
      isPaused ? 1 : 0,
    ]);
    expect(server.cancelled).toEqual(isPaused ? [] : ['di tab lain 0']);
  },
);

test('a part is as long as the line uploads in two seconds, in whole chunks', () => {
  const sizes = { chunkBytes: 65_536, maxPartBytes: 262_144 };
  // 400 kb/s, 1 Mb/s, 10 Mb/s, and a very slow line.
  expect(nextPartBytes(sizes, 65_536, 1_311)).toBe(65_536);
  expect(nextPartBytes(sizes, 65_536, 524)).toBe(3 * 65_536);
  expect(nextPartBytes(sizes, 65_536, 52)).toBe(262_144);
  expect(nextPartBytes(sizes, 65_536, 30_000)).toBe(65_536);
  expect(nextPartBytes(sizes, 65_536, 0)).toBe(262_144);
});
