import { ApiError } from '../errors.ts';
import type { Account, OpenUpload, Tx, UploadRow } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** In bytes; a box quota of 0 is none. */
export type Quotas = { maxFileBytes: number; personBytes: number; boxBytes: number };

/** Files of a person that no message names yet. */
export const MAX_OPEN_UPLOADS = 20;
const MB = 2 ** 20;

/**
 * The bytes of a volume that files leave free, for texts, checkpoints, and time in which someone makes room: 5 %, at least
 * 256 MB and at most 2 GB, but on a small volume a quarter.
 */
export function lowWaterBytes(totalBytes: number): number {
  return Math.min(Math.max(256 * MB, totalBytes * 0.05), 2048 * MB, totalBytes / 4);
}

/**
 * Checks that a person may upload a file of this size: its size, their open uploads, their quota and that of the box. The
 * files of messages and open uploads count.
 * @throws ApiError FILE_TOO_LARGE, TOO_MANY_UPLOADS, QUOTA_EXCEEDED, BOX_FULL
 */
export async function requireQuota(
  tx: Pick<Tx, 'uploads' | 'totalUsage' | 'account'>,
  { maxFileBytes, personBytes, boxBytes }: Quotas,
  userId: Id,
  size: number,
): Promise<void> {
  if (size > maxFileBytes) throw fileTooLarge(maxFileBytes);
  const open = openUploads(await tx.uploads());
  const own = open.filter((row) => row.userId === userId);
  if (own.length >= MAX_OPEN_UPLOADS) throw new ApiError('TOO_MANY_UPLOADS');
  const { bytes } = await tx.totalUsage(userId);
  const quota = quotaOf(await tx.account(userId), personBytes);
  if (bytes + sizeOf(own) + size > quota) throw new ApiError('QUOTA_EXCEEDED');
  if (boxBytes === 0) return;
  const everyone = await tx.totalUsage();
  if (everyone.bytes + sizeOf(open) + size > boxBytes) throw new ApiError('BOX_FULL');
}

/** The quota of a person in bytes: their own, or that of the box. */
export function quotaOf(account: Pick<Account, 'quotaMb'> | undefined, personBytes: number): number {
  return account?.quotaMb === undefined ? personBytes : account.quotaMb * MB;
}

/** Checks that the volume has room for so many bytes above the low-water mark. @throws ApiError BOX_FULL */
export function requireRoom({ free, total }: { free: number; total: number }, bytes: number): void {
  if (free - bytes < lowWaterBytes(total)) throw new ApiError('BOX_FULL');
}

export function openUploads(rows: UploadRow[]): OpenUpload[] {
  return rows.filter((row) => row.state === 'open');
}

function fileTooLarge(maxFileBytes: number): ApiError {
  const detail = `The file is larger than this box takes: ${maxFileBytes / 2 ** 20} MB at most.`;
  return new ApiError('FILE_TOO_LARGE', { detail });
}

function sizeOf(rows: OpenUpload[]): number {
  return rows.reduce((sum, { size }) => sum + size, 0);
}
