import { z } from 'zod';
import { type Route, route } from '../http/route.ts';
import { MAX_PART_BYTES, NewUpload, Upload, UploadPath } from '../wire/attachments.ts';
import { Done } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { wholeNumber } from '../wire/messages.ts';
import type { Transfers } from './transfers.ts';
import type { Uploads } from './uploads.ts';

const WRITE_ERRORS = ['CIPHER_UNAVAILABLE', 'STORAGE_UNAVAILABLE', 'DISK_FULL'] as const;
const WRITER_ERRORS = ['NOT_MEMBER', 'NOT_FRIENDS', 'NOT_ALLOWED'] as const;

/** Uploads: created, filled part by part, and cancelled. A message claims them. */
export function attachmentRoutes({
  uploads,
  transfers,
}: {
  uploads: Uploads;
  transfers: Transfers;
}): Route[] {
  return [
    route({
      method: 'post',
      path: '/attachments',
      summary: 'Start the upload of a file to a conversation; repeatable with the same id',
      who: 'user',
      rate: 'uploads',
      priority: 'low',
      body: NewUpload,
      answer: Upload,
      errors: [
        ...WRITER_ERRORS,
        'INVALID_FILE',
        'FILE_TOO_LARGE',
        'UPLOAD_ID_REUSED',
        'TOO_MANY_UPLOADS',
        'QUOTA_EXCEEDED',
        'BOX_FULL',
        ...WRITE_ERRORS,
      ],
      example: {
        id: EXAMPLE.uploadId,
        conversationId: EXAMPLE.conversationId,
        name: 'Jadwal ronda.pdf',
        type: 'application/pdf',
        size: 5,
      },
      handle: ({ caller, body }) => uploads.create(caller.userId, body),
    }),
    route({
      method: 'put',
      path: '/attachments/:attachmentId',
      summary: 'Store the next part of a file: 1 to 4 chunks of 64 KiB, the last of the file may be shorter',
      who: 'user',
      priority: 'low',
      params: UploadPath,
      query: z.strictObject({ offset: wholeNumber(Number.MAX_SAFE_INTEGER, 0) }),
      maxBodyBytes: MAX_PART_BYTES,
      answer: Upload,
      errors: [
        ...WRITER_ERRORS,
        'NO_SUCH_FILE',
        'WRONG_OFFSET',
        'WRONG_FILE_TYPE',
        'BOX_FULL',
        ...WRITE_ERRORS,
      ],
      example: { attachmentId: EXAMPLE.uploadId, offset: '0' },
      handle: (context) => {
        const { caller, params, query } = context;
        return transfers.run(caller.userId, async ({ signal }) => {
          const pieces = await context.readBytes(signal);
          return uploads.storePart(caller.userId, params.attachmentId, query.offset, pieces);
        });
      },
    }),
    route({
      method: 'get',
      path: '/attachments/:attachmentId',
      summary: 'How far your upload is; HEAD says it in a header',
      who: 'user',
      priority: 'low',
      params: UploadPath,
      answer: Upload,
      answerHeaders: { 'Upload-Offset': 'the bytes that are stored' },
      errors: ['NO_SUCH_FILE', ...WRITE_ERRORS],
      example: { attachmentId: EXAMPLE.uploadId },
      handle: async (context) => {
        const { caller, params } = context;
        const upload = await uploads.state(caller.userId, params.attachmentId);
        context.setHeader('Upload-Offset', String(upload.offset));
        return upload;
      },
    }),
    route({
      method: 'delete',
      path: '/attachments/:attachmentId',
      worksWhenFull: true,
      summary: 'Cancel your upload',
      who: 'user',
      priority: 'low',
      params: UploadPath,
      answer: Done,
      errors: ['STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { attachmentId: EXAMPLE.uploadId },
      handle: async ({ caller, params }) => {
        await uploads.cancel(caller.userId, params.attachmentId);
        return { message: 'Cancelled.' };
      },
    }),
  ];
}
