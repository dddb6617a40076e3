import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { Bytes } from '../http/byte-answer.ts';
import type { ReadSlots } from '../http/load-shedding/read-slots.ts';
import { type Route, route } from '../http/route.ts';
import { FileAddress, StorageUse } from '../wire/attachments.ts';
import { Id } from '../wire/common.ts';
import { AddressQuery, AttachmentPath, FilesPage } from '../wire/downloads.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { wholeNumber } from '../wire/messages.ts';
import { type DownloadDeps, Downloads, requireFile } from './download.ts';
import { checkAddress, checkSignature, signAddress } from './file-address.ts';
import { listFiles } from './list-files.ts';
import type { Quotas } from './quota.ts';
import { storageUseOf } from './storage-use.ts';

const FILE_PATH = '/conversations/:conversationId/messages/:seq/attachments/:attachmentId';
const ACCESS_ERRORS = ['NOT_MEMBER', 'NO_SUCH_MESSAGE', 'NO_SUCH_FILE'] as const;
const BYTES_ERRORS = [
  ...ACCESS_ERRORS,
  'RANGE_NOT_SATISFIABLE',
  'DOWNLOAD_LIMIT',
  'FILE_DAMAGED',
  'CIPHER_UNAVAILABLE',
  'STORAGE_UNAVAILABLE',
] as const;
const RANGE = { Range: 'One range of bytes (RFC 9110 §14); several, and what is malformed, are ignored.' };
const EXAMPLE_FILE = {
  conversationId: EXAMPLE.conversationId,
  seq: EXAMPLE.fileSeq,
  attachmentId: EXAMPLE.attachmentId,
};

type Deps = DownloadDeps & { addressKey: KeyObject; quotas: Quotas; readSlots: ReadSlots };

/** Reading the files of messages. `addressKey` signs the addresses that media elements use. */
export function downloadRoutes({ addressKey, quotas, readSlots, ...deps }: Deps): Route[] {
  const { store } = deps;
  const downloads = new Downloads(deps);
  const addresses = { store, key: addressKey };
  return [
    route({
      method: 'get',
      path: FILE_PATH,
      summary: 'The bytes of a file of a message, all or a range',
      who: 'user',
      priority: 'low',
      params: AttachmentPath,
      headers: RANGE,
      answer: Bytes,
      errors: [...BYTES_ERRORS],
      example: EXAMPLE_FILE,
      handle: (context) =>
        downloads.download(context.caller.userId, context.params, () => context.requireCaller()),
    }),
    route({
      method: 'post',
      path: `${FILE_PATH}/address`,
      worksWhenFull: true,
      summary: 'An address of a file that needs no token, for five minutes: for media elements',
      who: 'user',
      priority: 'low',
      params: AttachmentPath,
      body: z.strictObject({}),
      answer: FileAddress,
      errors: [...ACCESS_ERRORS],
      example: {},
      exampleParams: EXAMPLE_FILE,
      handle: async ({ caller, params }) => {
        await requireFile(store, caller.userId, params, deps.pageBudgetOf(caller.userId));
        return signAddress(addresses, caller, params);
      },
    }),
    route({
      method: 'get',
      path: '/files/:conversationId/:seq/:attachmentId',
      summary: 'The same bytes by a signed address',
      who: 'anyone',
      priority: 'low',
      params: AttachmentPath,
      query: AddressQuery,
      headers: RANGE,
      answer: Bytes,
      errors: [...BYTES_ERRORS, 'ADDRESS_EXPIRED'],
      handle: async ({ params, query }) => {
        checkAddress(addresses, params, query);
        // An address may expire while its bytes are sent, but not be revoked.
        return downloads.download(query.person, params, () => checkSignature(addresses, params, query));
      },
    }),
    route({
      method: 'get',
      path: '/conversations/:conversationId/attachments',
      summary: 'The messages of a conversation with files, newest first',
      who: 'user',
      priority: 'low',
      params: z.strictObject({ conversationId: Id }),
      query: z.strictObject({
        before: wholeNumber(Number.MAX_SAFE_INTEGER).exactOptional(),
        kind: z.enum(['media', 'files']).exactOptional(),
      }),
      answer: FilesPage,
      errors: ['NOT_MEMBER', 'CIPHER_UNAVAILABLE'],
      example: { conversationId: EXAMPLE.conversationId },
      handle: ({ caller, params, query, signal }) =>
        readSlots.run(caller.userId, signal, () =>
          listFiles(deps, caller.userId, params.conversationId, query, signal),
        ),
    }),
    route({
      method: 'get',
      path: '/me/storage',
      summary: 'How much your files use, and may use',
      who: 'user',
      priority: 'low',
      answer: StorageUse,
      errors: [],
      handle: async ({ caller }) => storageUseOf(store, quotas, caller.userId),
    }),
  ];
}
