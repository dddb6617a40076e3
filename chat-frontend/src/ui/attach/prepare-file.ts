import type { AttachmentLook } from '../../../../chat-core/src/wire/wire.ts';
import { type Photo, shrinkPhoto } from './shrink-photo.ts';

/** A chosen file as it will be sent. `isPhoto`: it is shown as a picture, and can be sent small or as the original. */
export type PreparedFile = {
  blob: Blob;
  name: string;
  type: string;
  look: AttachmentLook;
  isPhoto: boolean;
  /** It may still say where and when it was made. */
  keepsMetadata: boolean;
};

const PLAIN_TYPE = 'application/octet-stream';
const MAX_NAME = 255;
const MEDIA_TIMEOUT_MS = 3_000;
/** As the core has it: a media type in lower case without parameters. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;
const EXTENSIONS: Record<string, string> = { 'image/webp': 'webp', 'image/jpeg': 'jpg' };

/**
 * Prepares a file: a photo is made small unless `original`, and what the browser cannot read as a picture is sent as a
 * plain file.
 * @throws DOMException when the file cannot be read, such as a folder
 */
export async function prepareFile(file: File, original: boolean): Promise<PreparedFile> {
  await file.slice(0, 1).arrayBuffer();
  const type = mediaType(file.type);
  const name = fileName(file.name);
  const plain = { blob: file, name, type, look: {}, isPhoto: false, keepsMetadata: false };
  if (/^(video|audio)\//.test(type)) {
    const look = await mediaLook(file, type).catch(() => ({}));
    return { ...plain, look, keepsMetadata: type.startsWith('video/') };
  }
  // Not drawn: it may run scripts where it is opened.
  if (!type.startsWith('image/') || type === 'image/svg+xml') return plain;
  const photo = await shrinkPhoto(file, original).catch(() => undefined);
  return photo ? withPhoto(plain, photo) : { ...plain, type: PLAIN_TYPE, keepsMetadata: true };
}

function withPhoto(plain: PreparedFile, { blob, look }: Photo): PreparedFile {
  const isChanged = blob.type !== plain.type;
  const name = isChanged ? renamed(plain.name, EXTENSIONS[blob.type] ?? '') : plain.name;
  const keepsMetadata = blob === plain.blob && plain.type !== 'image/gif';
  return { blob, name, type: mediaType(blob.type), look, isPhoto: true, keepsMetadata };
}

/** The name with another ending. */
function renamed(name: string, extension: string): string {
  const base = name.replace(/\.[^.]{1,5}$/, '').slice(0, MAX_NAME - 6);
  return extension ? `${base}.${extension}` : base;
}

export function mediaType(type: string): string {
  const plain = type.toLowerCase().split(';')[0]?.trim() ?? '';
  return plain.length <= 100 && MEDIA_TYPE.test(plain) ? plain : PLAIN_TYPE;
}

/** A name that fits; its ending stays. */
export function fileName(name: string): string {
  if (name.length <= MAX_NAME) return name || 'file';
  const ending = /\.[^.]{1,10}$/.exec(name)?.[0] ?? '';
  return name.slice(0, MAX_NAME - ending.length).replace(/[\uD800-\uDBFF]$/, '') + ending;
}

/** The length of a recording and the size of a video in pixels, as the browser reads them. */
function mediaLook(file: Blob, type: string): Promise<AttachmentLook> {
  const url = URL.createObjectURL(file);
  const media = document.createElement(type.startsWith('video/') ? 'video' : 'audio');
  return new Promise<AttachmentLook>((resolve, reject) => {
    media.preload = 'metadata';
    media.onerror = reject;
    media.onloadedmetadata = () => {
      const { duration } = media;
      const { videoWidth = 0, videoHeight = 0 } = media as Partial<HTMLVideoElement>;
      resolve({
        ...(Number.isFinite(duration) ? { durationMs: Math.round(duration * 1_000) } : {}),
        ...(videoWidth > 0 && videoHeight > 0 ? { width: videoWidth, height: videoHeight } : {}),
      });
    };
    setTimeout(reject, MEDIA_TIMEOUT_MS);
    media.src = url;
  }).finally(() => URL.revokeObjectURL(url));
}
