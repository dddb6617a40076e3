import { z } from 'zod';
import { AttachmentLook, MAX_ATTACHMENTS } from '../../wire/attachments.ts';
import type { Id } from '../../wire/wire.ts';

const Sealed = z.object({ v: z.literal(1), kid: z.string(), content: z.string() });

/**
 * A file of a message in an export, readable or sealed. `path` is where its bytes are, relative to the export; absent when
 * they are not there.
 */
export type SeedAttachment = { size: number; path?: string } & (
  | { name: string; type: string; look: AttachmentLook }
  | { id: Id; key: z.infer<typeof Sealed>; metadata: z.infer<typeof Sealed> }
);

type Fields = Record<string, unknown>;

/**
 * Reads the files of a message; what cannot be read of one is left out.
 * @throws Error with one sentence when a path leads out of the folder of files, so that nothing of such an export is used
 */
export function readAttachments(list: unknown): SeedAttachment[] {
  const all = Array.isArray(list) ? list : [];
  return all
    .map((one) => (typeof one === 'object' && one !== null ? readAttachment(one as Fields) : undefined))
    .filter((one) => one !== undefined)
    .slice(0, MAX_ATTACHMENTS);
}

function readAttachment({
  id,
  size,
  key,
  metadata,
  name,
  type,
  path,
  ...more
}: Fields): SeedAttachment | undefined {
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 1) return undefined;
  const base = { size, ...(typeof path === 'string' && { path: checkedPath(path) }) };
  const sealed = z.object({ id: z.string(), key: Sealed, metadata: Sealed }).safeParse({ id, key, metadata });
  if (sealed.success) return { ...base, ...sealed.data };
  if (typeof name !== 'string') return undefined;
  return { ...base, name, type: typeof type === 'string' ? type : '', look: readLook(more) };
}

/** What a file shows before it is fetched, without the fields that cannot be read. */
export function readLook(fields: Fields): AttachmentLook {
  const read = Object.entries(AttachmentLook.shape).flatMap(([field, schema]) => {
    const { success, data } = schema.safeParse(fields[field]);
    return success && fields[field] !== undefined ? [[field, data]] : [];
  });
  return Object.fromEntries(read);
}

/**
 * A path as an export writes it: a folder whose name ends with `.files`, and in it one or two names. An import reads no
 * other file, whatever its text says.
 */
function checkedPath(path: string): string {
  const names = path.split('/');
  const isInside =
    names.length >= 2 &&
    names.length <= 3 &&
    names.every((name) => name !== '' && !name.startsWith('.') && !/[\\:\0]/.test(name)) &&
    names[0]?.endsWith('.files');
  if (!isInside)
    throw new Error(`The file names one of its files outside its folder of files: ${JSON.stringify(path)}.`);
  return path;
}
