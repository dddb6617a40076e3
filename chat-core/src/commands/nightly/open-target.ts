import type { TargetSettings } from './config.ts';
import { folderTarget } from './folder-target.ts';
import { s3Target } from './s3-target.ts';
import type { Target } from './target.ts';
import { webdavTarget } from './webdav-target.ts';

/** The target of these settings. Nothing is read or sent yet. */
export function openTarget(settings: TargetSettings): Target {
  if (settings.kind === 's3') return s3Target(settings);
  return settings.kind === 'webdav' ? webdavTarget(settings) : folderTarget(settings.path);
}
