import type { Attachment, AttachmentLook } from '../../../chat-core/src/wire/wire.ts';

/** A file of a message, sent or still waiting. */
export type FileInfo = Pick<Attachment, 'id' | 'name' | 'type' | 'size' | 'locked'> & AttachmentLook;
export type FileKind = 'photo' | 'video' | 'voice' | 'audio' | 'file';

/** What the page shows by itself; the server sends nothing else inline. Markup (HTML, SVG) is never among it. */
const TYPES: [RegExp, FileKind][] = [
  [/^image\/(jpeg|png|webp|gif)$/, 'photo'],
  [/^video\/(mp4|webm)$/, 'video'],
  [/^audio\/(ogg|webm|mp4|mpeg|aac|wav|x-wav|x-m4a)$/, 'audio'],
];

/** How a file is shown, by the type that its author states: any other type is a file to download. */
export function kindOf({ type, voice, locked }: Pick<FileInfo, 'type' | 'voice' | 'locked'>): FileKind {
  const kind = (!locked && TYPES.find(([known]) => known.test(type))?.[1]) || 'file';
  return kind === 'audio' && voice ? 'voice' : kind;
}

/** Whether a file has a tile; any other has a row. */
export const isVisual = (file: FileInfo): boolean => ['photo', 'video'].includes(kindOf(file));
