import { type FileInfo, isVisual } from '../../state/file-kind.ts';

export type FileKind = 'photo' | 'video' | 'voice' | 'audio' | 'file';

const AUDIO = /^audio\/(ogg|webm|mp4|mpeg|aac|wav|x-wav|x-m4a)$/;

/**
 * How a file is shown, by the type that its author states. The page shows nothing else by itself and the server sends
 * nothing else inline: markup (HTML, SVG) is a file to download.
 */
export function kindOf(file: Pick<FileInfo, 'type' | 'voice' | 'locked'>): FileKind {
  if (isVisual(file)) return file.type.startsWith('video') ? 'video' : 'photo';
  if (file.locked || !AUDIO.test(file.type)) return 'file';
  return file.voice ? 'voice' : 'audio';
}
