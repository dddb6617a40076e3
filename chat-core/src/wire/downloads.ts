import { z } from 'zod';
import { Id } from './common.ts';
import { EXAMPLE } from './examples.ts';
import { Message, MessagePath, wholeNumber } from './messages.ts';

/** The path of a file of a message. */
export const AttachmentPath = z.strictObject({
  ...MessagePath.shape,
  attachmentId: Id.meta({ example: EXAMPLE.attachmentId }),
});

/** The rest of a signed address of a file (FileAddress). */
export const AddressQuery = z.strictObject({
  person: Id,
  device: Id,
  expires: wholeNumber(Number.MAX_SAFE_INTEGER),
  signature: z.string().regex(/^[\w-]{43}$/, 'must be a signature'),
});

/** Messages with files, newest first; the next page has those `before` this seq, and without it there are none. */
export const FilesPage = z.strictObject({
  messages: z.array(Message),
  before: z.number().int().min(1).exactOptional(),
});
export type FilesPage = z.infer<typeof FilesPage>;
