import { resolve } from 'node:path';
import { readBucketConfig } from '../../config.ts';
import type { AttachmentFiles } from '../../storage/attachment-files.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { AttachmentFolder } from '../../storage/lowdb/pages/attachment-folder.ts';

/** Where the files of messages are, as an option names it. */
export type FilesPlace = {
  files: AttachmentFiles;
  /** The setting of a core that names it. */
  setting: string;
  /** The folder, unless it is a bucket. */
  folder?: string;
  close: () => void;
};

export function folderPlace(path: string): FilesPlace & { folder: string } {
  const folder = resolve(path);
  return {
    files: new AttachmentFolder(realDisk, folder),
    setting: `FILES_DIR=${folder}`,
    folder,
    close: () => {},
  };
}

/**
 * A folder, or the bucket of `s3://bucket/prefix` with the variables FILES_S3_*, which is tried first.
 * @throws Error with a sentence that names the cure
 */
export async function openPlace(text: string): Promise<FilesPlace> {
  if (!text.includes('://')) return folderPlace(text);
  const settings = readBucketConfig(text);
  const { openBucketFiles } = await import('../../storage/s3/open-bucket-files.ts');
  const { files, close } = await openBucketFiles(settings, (_, { reason }) => {
    throw new Error(
      `The bucket of --files: ${reason}. Nothing was kept: see that the service runs and takes files, and do it again.`,
    );
  });
  return { files, setting: `FILES_URL=${text} with the same FILES_S3_*`, close };
}
