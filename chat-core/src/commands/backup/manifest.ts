import { z } from 'zod';

/** The version of the backup format, which every future version must recognise. */
export const BACKUP_FORMAT = 1;
/** The first file in the archive. */
export const MANIFEST = 'manifest.json';
/** The manifest of a million messages has 2 MB. */
export const MAX_MANIFEST_BYTES = 64 * 2 ** 20;

/** The only names a backup may hold, so that a restore writes nothing outside DATA_DIR and KEYS_DIR. */
const NAME =
  /^(data\/(meta\.json|(users|conversations|invites)\/\d{4,}\.json|pictures\/(?!\.)[\w.-]+\.json|messages\/(?!\.)[\w.-]+\/\d{4,}\.json|journal\/\d{8}\.jsonl)|keys\/(cipher|core)\/(?!\.)[\w.-]+)$/;

const Manifest = z
  .object({
    format: z.literal(BACKUP_FORMAT),
    /** Epoch milliseconds. */
    created: z.number(),
    /** The last revision in the backup. */
    revision: z.int().min(0),
    /** The history it was taken from. */
    epoch: z.string(),
    files: z.array(
      z.object({
        name: z.string().regex(NAME),
        size: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    ),
  })
  .refine(({ files }) => new Set(files.map(({ name }) => name)).size === files.length);

/** What a backup holds: each file under the names `data/…` and `keys/…`, in the order of the archive. */
export type Manifest = z.infer<typeof Manifest>;
export type FileInBackup = Manifest['files'][number];

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
