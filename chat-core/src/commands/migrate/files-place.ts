import { resolve } from 'node:path';
import { readBucketConfig } from '../../config.ts';
import type { FilesSettings } from '../../files-settings.ts';
import type { SharedFiles } from '../../storage/attachment-files.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { AttachmentFolder } from '../../storage/lowdb/pages/attachment-folder.ts';

/** Where the files of messages are, as an option names it. */
export type FilesPlace = {
  files: SharedFiles;
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
  const opened = await openFilesOf({ bucket: readBucketConfig(text) });
  return { ...opened, setting: `FILES_URL=${text} with the same FILES_S3_*` };
}

/** The files of the settings of a core. @throws Error with a sentence that names the cure */
export async function openFilesOf(settings: FilesSettings): Promise<Pick<FilesPlace, 'files' | 'close'>> {
  if ('folder' in settings) return folderPlace(settings.folder);
  const { openBucketFiles } = await import('../../storage/s3/open-bucket-files.ts');
  const { files, close } = await openBucketFiles(settings.bucket, (_, { reason }) => {
    throw new Error(
      `The bucket: ${reason}. Nothing was kept: see that the service runs and takes files, and do it again.`,
    );
  });
  return { files, close };
}
