import { expect, test } from 'vitest';
import type { ImportRows, NewUpload } from '../../../chat-core/src/wire/wire.ts';
import { ApiError } from '../api/api-error.ts';
import type { Http } from '../api/http.ts';
import type { Clock } from '../clock.ts';
import { type ImportInput, uploadImport } from './upload-import.ts';
import { ZipError } from './zip.ts';

const ARCHIVE = '550e8400-e29b-41d4-a716-446655440100';
const MAX_OPEN_UPLOADS = 20;

/** A box that lets 20 files wait for their rows. `failing`: it refuses rows. */
function fakeBox() {
  const box = { open: new Set<string>(), rows: 0, failing: false, uploads: [] as string[] };
  const stateOf = (id: string, offset: number) => ({
    ...{ id, size: 3, offset, chunkBytes: 65_536, maxPartBytes: 262_144 },
  });
  const answers: Record<string, (body: never) => unknown> = {
    '/imports': () => ({ conversationId: ARCHIVE, rows: box.rows }),
    '/attachments': ({ id }: NewUpload) => {
      if (!box.open.has(id) && box.open.size >= MAX_OPEN_UPLOADS) throw new ApiError('TOO_MANY_UPLOADS');
      box.open.add(id);
      box.uploads.push(id);
      return stateOf(id, 0);
    },
    [`/imports/${ARCHIVE}/rows`]: ({ rows }: ImportRows) => {
      if (box.failing) throw new ApiError('IMPORT_CHANGED');
      for (const { attachments = [] } of rows)
        for (const id of attachments) expect(box.open.delete(id)).toBe(true);
      box.rows += rows.length;
      return { conversationId: ARCHIVE, rows: box.rows };
    },
    [`/imports/${ARCHIVE}/done`]: () => ({ conversationId: ARCHIVE, rows: box.rows }),
  };
  const http = {
    get: async () => ({ maxFileBytes: 3 }),
    post: async (path: string, body: never) => answers[path]?.(body),
    request: async (_: string, path: string) => Response.json(stateOf(path.split('/').at(-1) ?? '', 3)),
  } as unknown as Http;
  return { box, http };
}

const clock = { now: () => 0, after: () => () => {} } as unknown as Clock;
const input: ImportInput = {
  conversationId: ARCHIVE,
  source: 'whatsapp',
  name: 'Keluarga',
  rows: Array.from({ length: 45 }, (_, n) => ({ at: n, name: 'Bu Sari', text: '', file: `IMG-${n}.jpg` })),
  people: new Map(),
  media: (path) => ({ path, size: 3, open: async () => new Blob(['abc']) }),
};
const run = (http: Http, more: Partial<ImportInput> = {}) =>
  uploadImport(
    { ...input, ...more },
    { http, clock, signal: new AbortController().signal, onState: () => {} },
  );

test('many pictures in a row are brought, although the box lets only 20 files wait for their rows', async () => {
  const { box, http } = fakeBox();
  await run(http);
  expect([box.rows, box.open.size, new Set(box.uploads).size]).toEqual([45, 0, 45]);
});

test('an import that stopped before its rows were stored goes on with the files that wait there', async () => {
  const { box, http } = fakeBox();
  box.failing = true;
  for (let n = 0; n < 3; n++) await expect(run(http)).rejects.toThrow();
  box.failing = false;
  await run(http);
  expect([box.rows, box.open.size, new Set(box.uploads).size]).toEqual([45, 0, 45]);
});

test('a file that is larger than the box takes is not unpacked', async () => {
  const { box, http } = fakeBox();
  const media: ImportInput['media'] = (path) => ({
    path,
    size: 4,
    open: async (maxBytes) => {
      expect(maxBytes).toBe(3);
      throw new ZipError('tooLarge');
    },
  });
  await run(http, { media });
  expect([box.rows, box.uploads]).toEqual([45, []]);
});
