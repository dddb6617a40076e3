import type { AttachmentLook } from '../../../../chat-core/src/wire/wire.ts';
import { encodeCanvas, isCanvasReadable, toBase64, whiteCanvas } from '../canvas.ts';
import { removeMetadata } from './remove-metadata.ts';

export type Photo = { blob: Blob; look: AttachmentLook };

/** The longer side of a photo, and about how large it may be. */
const MAX_PX = 1_280;
const TARGET_BYTES = 150_000;
/** Sides and qualities, from the best that may fit to the last. */
const ATTEMPTS = [
  [MAX_PX, 0.8],
  [MAX_PX, 0.65],
  [1_024, 0.6],
  [1_024, 0.45],
] as const;
/** Of the preview, which is base64 of at most 2,800 characters. */
const PREVIEW_PX = 32;
const MAX_PREVIEW_CHARS = 2_800;

/**
 * A photo made small, without metadata; with `original` only without metadata. An animation and a photo that is small
 * already stay as they are. The look has the size in pixels and a very small preview.
 * @throws Error when the browser cannot read the picture
 */
export async function shrinkPhoto(file: Blob, original: boolean): Promise<Photo> {
  const image = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    const { width, height } = image;
    const look = { width, height };
    const clean = await removeMetadata(file);
    // A browser that returns noise for what is drawn can make neither.
    if (!isCanvasReadable()) return { blob: clean, look };
    const preview = await previewOf(image);
    const shown = { ...look, ...(preview ? { preview } : {}) };
    const isSmall = Math.max(width, height) <= MAX_PX && clean.size <= TARGET_BYTES;
    if (original || isSmall || file.type === 'image/gif') return { blob: clean, look: shown };
    const small = await fit(image);
    if (small.blob.size >= clean.size && Math.max(width, height) <= MAX_PX)
      return { blob: clean, look: shown };
    return { blob: small.blob, look: { ...shown, width: small.width, height: small.height } };
  } finally {
    image.close();
  }
}

async function fit(image: ImageBitmap) {
  let last: Awaited<ReturnType<typeof draw>> | undefined;
  for (const [side, quality] of ATTEMPTS) {
    last = await draw(image, side, quality);
    if (last.blob.size <= TARGET_BYTES) break;
  }
  return last as NonNullable<typeof last>;
}

async function draw(image: ImageBitmap, side: number, quality: number) {
  const scale = Math.min(1, side / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const { canvas, context } = whiteCanvas(width, height);
  context.drawImage(image, 0, 0, width, height);
  return { width, height, blob: await encodeCanvas(canvas, quality) };
}

async function previewOf(image: ImageBitmap): Promise<string | undefined> {
  const { blob } = await draw(image, PREVIEW_PX, 0.5);
  const preview = await toBase64(blob);
  return preview.length <= MAX_PREVIEW_CHARS ? preview : undefined;
}
