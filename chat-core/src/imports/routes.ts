import { z } from 'zod';
import type { Uploads } from '../attachments/uploads.ts';
import type { RateLimiter } from '../http/limiter.ts';
import { withRateLimit } from '../http/rate-limits.ts';
import { type Route, route } from '../http/route.ts';
import { Id } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { ImportDone, ImportProgress, ImportRows, NewImport, OpenImport } from '../wire/imports.ts';
import { appendRows } from './append-rows.ts';
import { finishImport, type ImportDeps, listImports, startImport } from './imports.ts';

const ArchivePath = z.strictObject({ conversationId: Id });
const STORING = ['STORAGE_UNAVAILABLE', 'DISK_FULL'] as const;
const ROLE = ['NOT_MEMBER', 'NOT_ALLOWED'] as const;

const isDone = ({ error }: { error?: unknown }) => error === undefined;

/** Bringing a chat of another app into an archive. DELETE /groups/:conversationId cancels it, and deletes the archive. */
export function importRoutes(
  deps: ImportDeps & { uploads: Pick<Uploads, 'requireComplete'> },
  limits: RateLimiter,
): Route[] {
  const countRows = (userId: Id, rows: number) => {
    if (rows > 0) limits.consume('importedRows', userId, rows);
  };
  return [
    route({
      method: 'post',
      path: '/imports',
      summary: 'Begin to import a chat of another app into an archive of your own; one at a time; repeatable',
      who: 'user',
      rate: 'groups',
      priority: 'low',
      body: NewImport,
      answer: ImportProgress,
      errors: ['INVALID_GROUP_NAME', 'IMPORT_OPEN', 'LIST_FULL', 'CIPHER_UNAVAILABLE', ...STORING],
      example: { conversationId: EXAMPLE.archiveId, source: 'whatsapp', name: 'Keluarga Sari (2019)' },
      handle: async ({ caller, body }) => {
        const start = () => startImport(deps, caller.userId, body);
        // Each pause and reload repeats it: that makes no group.
        const isRepeat = (await deps.store.conversation(body.conversationId)) !== undefined;
        return isRepeat ? start() : withRateLimit(limits, ['newGroups', caller.userId], isDone, start);
      },
    }),
    route({
      method: 'get',
      path: '/imports',
      summary: 'Your imports that are not done, with how far they are',
      who: 'user',
      priority: 'low',
      answer: z.array(OpenImport),
      errors: ['CIPHER_UNAVAILABLE'],
      handle: ({ caller }) => listImports(deps, caller.userId),
    }),
    route({
      method: 'post',
      path: '/imports/:conversationId/rows',
      summary: 'Append rows to your archive, in order; repeatable: rows that are stored already are compared',
      who: 'user',
      rate: 'imports',
      priority: 'lowest',
      params: ArchivePath,
      body: ImportRows,
      answer: ImportProgress,
      errors: [
        ...ROLE,
        'WRONG_ROW',
        'IMPORT_CHANGED',
        'IMPORT_DONE',
        'INVALID_MESSAGE',
        'NO_SUCH_FILE',
        'UPLOAD_INCOMPLETE',
        'CIPHER_UNAVAILABLE',
        ...STORING,
      ],
      example: { from: 0, rows: [{ at: 1_577_808_000_000, name: 'Bu Sari', text: 'Selamat tahun baru!' }] },
      exampleParams: { conversationId: EXAMPLE.archiveId },
      handle: ({ caller, params, body }) =>
        appendRows({ ...deps, countRows }, caller.userId, params.conversationId, body),
    }),
    route({
      method: 'post',
      path: '/imports/:conversationId/done',
      summary: 'End an import: its archive appears among your chats, to be read; repeatable',
      who: 'user',
      rate: 'groups',
      priority: 'low',
      params: ArchivePath,
      body: ImportDone,
      answer: ImportProgress,
      errors: [...ROLE, 'WRONG_ROW', ...STORING],
      example: { rows: 1 },
      exampleParams: { conversationId: EXAMPLE.archiveId },
      handle: ({ caller, params, body }) =>
        finishImport(deps, caller.userId, params.conversationId, body.rows),
    }),
  ];
}
