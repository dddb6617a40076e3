import type { Attachment, AttachmentLook } from '../../../chat-core/src/wire/wire.ts';

/** A file of a message, sent or still waiting. */
export type FileInfo = Pick<Attachment, 'id' | 'name' | 'type' | 'size' | 'locked'> & AttachmentLook;

/** Whether a file has a tile, as a picture or video that the page shows; any other has a row. */
export const isVisual = ({ type, locked }: Pick<FileInfo, 'type' | 'locked'>): boolean =>
  !locked && /^(image\/(jpeg|png|webp|gif)|video\/(mp4|webm))$/.test(type);
