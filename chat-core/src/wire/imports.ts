import { z } from 'zod';
import { MAX_ATTACHMENTS } from './attachments.ts';
import { Count, Id, Time } from './common.ts';
import { ImportSource } from './groups.ts';
import { Text } from './messages.ts';

/** Rows that one request may bring. */
export const MAX_IMPORT_ROWS = 200;

/** The archive is a group of the caller alone; its name follows the rules of groups. */
export const NewImport = z.strictObject({
  conversationId: Id.meta({ description: 'made by the client: it makes the request repeatable' }),
  source: ImportSource,
  name: z.string().max(16_000).meta({ description: '1 to 64 characters', example: 'Keluarga Sari (2019)' }),
});
export type NewImport = z.infer<typeof NewImport>;

/** An import that is not done yet. `rows`: how many are stored; the next one has this number. */
export const OpenImport = z
  .strictObject({ conversationId: Id, source: ImportSource, name: z.string(), rows: Count })
  .meta({ id: 'OpenImport' });
export type OpenImport = z.infer<typeof OpenImport>;

/** A row of another app. Without a name it is a line of the app itself: who joined, who changed the name. */
export const ImportRow = z.strictObject({
  at: Time.meta({ description: 'when it was written; may be before the row before it' }),
  name: z.string().max(1000).exactOptional().meta({ description: 'the author; cut to 64 characters' }),
  userId: Id.exactOptional().meta({ description: 'who the author is here: the caller or a friend' }),
  text: Text,
  replyTo: Count.exactOptional().meta({ description: 'the number of an earlier row, counted from 0' }),
  attachments: z
    .array(Id)
    .min(1)
    .max(MAX_ATTACHMENTS)
    .exactOptional()
    .meta({ description: 'complete uploads of the caller to the archive; the text may then be empty' }),
});
export type ImportRow = z.infer<typeof ImportRow>;

/** Rows from number `from` on, which counts from 0: in order, and without gaps. */
export const ImportRows = z.strictObject({
  from: Count,
  rows: z.array(ImportRow).min(1).max(MAX_IMPORT_ROWS),
});
export type ImportRows = z.infer<typeof ImportRows>;

export const ImportProgress = z.strictObject({ conversationId: Id, rows: Count });
export type ImportProgress = z.infer<typeof ImportProgress>;

export const ImportDone = z.strictObject({
  rows: z.number().int().min(1).meta({ description: 'how many there are, as a check' }),
});
