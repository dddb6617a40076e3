import type { Picture } from '../../../../chat-core/src/wire/wire.ts';
import { CanvasProtected, encodeCanvas, isCanvasReadable, toBase64, whiteCanvas } from '../canvas.ts';

/** The limit of the core. */
const MAX_BYTES = 20_000;
/** Sides in pixels and qualities, from the best that may fit to one that always does. */
const ATTEMPTS = [
  [320, 0.82],
  [256, 0.75],
  [192, 0.7],
  [128, 0.6],
  [96, 0.5],
] as const;

/**
 * The middle square of a picture within MAX_BYTES, without metadata such as the place: WebP, or JPEG where the browser
 * cannot write WebP.
 * @throws Error when the browser cannot read the file, CanvasProtected when it returns noise for what was drawn
 */
export async function shrink(file: Blob): Promise<Picture> {
  if (!isCanvasReadable()) throw new CanvasProtected();
  const image = await createImageBitmap(file);
  try {
    for (const [side, quality] of ATTEMPTS) {
      const blob = await draw(image, side, quality);
      const type = blob.type === 'image/webp' ? 'image/webp' : 'image/jpeg';
      if (blob.size <= MAX_BYTES) return { type, data: await toBase64(blob) };
    }
  } finally {
    image.close();
  }
  throw new Error('the picture stays too large');
}

function draw(image: ImageBitmap, side: number, quality: number): Promise<Blob> {
  const { canvas, context } = whiteCanvas(side, side);
  const cropped = Math.min(image.width, image.height);
  const [x, y] = [(image.width - cropped) / 2, (image.height - cropped) / 2];
  context.drawImage(image, x, y, cropped, cropped, 0, 0, side, side);
  return encodeCanvas(canvas, quality);
}
