import { z } from 'zod';

/** The version of the backup format; every future version must recognise all. Format 1 had no files of messages. */
export const BACKUP_FORMAT = 2;
/** The format of a backup with the settings of its box, which earlier versions refuse. */
export const FORMAT_WITH_SETTINGS = 3;
/** Under this name are the settings: `.env` and what it names. They are no part of DATA_DIR and KEYS_DIR. */
export const SETTINGS = 'settings/';
/** The first file in the archive. */
export const MANIFEST = 'manifest.json';
/** The manifest of a million messages has 2 MB, that of 100,000 files 15 MB. */
export const MAX_MANIFEST_BYTES = 64 * 2 ** 20;
/** The largest page has 9 MB, a file of the journal 4 MB or one record. A file that is opened whole must not fill the memory. */
const MAX_FILE_BYTES = 64 * 2 ** 20;

/**
 * The only names a backup may hold, so that a restore writes nothing outside DATA_DIR and KEYS_DIR. Every file system takes
 * 250 characters.
 */
const NAME =
  /^(data\/(meta\.json|(users|conversations|invites|uploads)\/\d{4,9}\.json|pictures\/(?!\.)[\w.-]{1,240}\.json|messages\/(?!\.)[\w.-]{1,240}\/\d{4,9}\.json|journal\/\d{8}\.jsonl)|keys\/(cipher|core)\/(?!\.)[\w.-]{1,240}|settings\/(\.env|docker-compose\.override\.yml|(tunnel|secrets)\/(?!\.)[\w.-]{1,240}))$/;
/** The only names of sealed files, with the same limits; one without its end, `.part`, is never in a backup. */
const ATTACHMENT_NAME = /^data\/attachments\/(?!\.)[\w.-]{1,240}\/[\w-]{1,240}$/;

const Manifest = z
  .object({
    format: z.union([z.literal(1), z.literal(BACKUP_FORMAT), z.literal(FORMAT_WITH_SETTINGS)]),
    /** Epoch milliseconds. */
    created: z.number(),
    /** The last revision in the backup. */
    revision: z.int().min(0),
    /** The history it was taken from. */
    epoch: z.string(),
    files: z.array(
      z.object({
        name: z.string().regex(NAME),
        size: z.int().min(0).max(MAX_FILE_BYTES),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    ),
    /**
     * The sealed files of messages, absent in a backup without them. They follow in the archive, or are in `attachments/`
     * beside it. One that was deleted while the backup was made is missing there.
     */
    attachments: z
      .object({
        place: z.enum(['archive', 'beside']),
        files: z.array(z.object({ name: z.string().regex(ATTACHMENT_NAME), size: z.int().min(1) })),
      })
      .optional(),
  })
  .refine(({ files, attachments }) => areUnique(files) && areUnique(attachments?.files ?? []));

/** What a backup holds: each file under the names `data/…`, `keys/…` and `settings/…`, in the order of the archive. */
export type Manifest = z.infer<typeof Manifest>;
export type FileInBackup = Manifest['files'][number];
/** A sealed file: its own tags protect its bytes, so it has no checksum here. */
export type AttachmentInBackup = NonNullable<Manifest['attachments']>['files'][number];

function areUnique(files: { name: string }[]): boolean {
  return new Set(files.map(({ name }) => name)).size === files.length;
}

/** Whether a manifest may list this sealed file. */
export function isListable({ name, size }: AttachmentInBackup): boolean {
  return size > 0 && ATTACHMENT_NAME.test(name);
}

export function isBackupName(name: string): boolean {
  return NAME.test(name);
}

/** @throws Error when this version cannot read it */
export function parseManifest(bytes: Buffer): Manifest {
  try {
    return Manifest.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new Error('This is no backup that this version of Bisik can read.', { cause });
  }
}
