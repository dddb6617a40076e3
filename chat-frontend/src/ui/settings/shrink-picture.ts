import type { Picture } from '../../../../chat-core/src/wire/wire.ts';

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

/** The colours of a test picture: squares beside one another, with this side in pixels. */
const TEST_COLOURS = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [16, 16, 16],
] as const;
const TEST_PX = 8;
/** A smaller difference per channel does not spoil a picture. */
const MAX_DIFFERENCE = 24;

/** The browser returns noise for what was drawn, as a protection against fingerprinting. */
export class CanvasProtected extends Error {
  override name = 'CanvasProtected';
}

/**
 * The middle square of a picture within MAX_BYTES, without metadata such as the place: WebP, or JPEG where the browser
 * cannot write WebP.
 * @throws Error when the browser cannot read the file, CanvasProtected when it returns noise for what was drawn
 */
export async function shrink(file: Blob): Promise<Picture> {
  if (!isReadable()) throw new CanvasProtected();
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

/** Whether a canvas returns what was drawn on it. */
function isReadable(): boolean {
  const canvas = document.createElement('canvas');
  canvas.width = TEST_PX * TEST_COLOURS.length;
  canvas.height = TEST_PX;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  TEST_COLOURS.forEach((colour, n) => {
    context.fillStyle = `rgb(${colour.join(' ')})`;
    context.fillRect(n * TEST_PX, 0, TEST_PX, TEST_PX);
  });
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const differences = TEST_COLOURS.flatMap((colour, n) => {
    // In the middle of a square, since its edges may be smoothed.
    const index = (canvas.width * (TEST_PX / 2) + (n + 0.5) * TEST_PX) * 4;
    return colour.map((value, channel) => Math.abs(value - (data[index + channel] ?? 0)));
  });
  return Math.max(...differences) <= MAX_DIFFERENCE;
}

async function draw(image: ImageBitmap, side: number, quality: number): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  const cropped = Math.min(image.width, image.height);
  const [x, y] = [(image.width - cropped) / 2, (image.height - cropped) / 2];
  // JPEG has no transparency, so transparent parts are white in either format.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, x, y, cropped, cropped, 0, 0, side, side);
  const blob = await encode(canvas, 'image/webp', quality);
  return blob.type === 'image/webp' ? blob : encode(canvas, 'image/jpeg', quality);
}

function encode(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), type, quality),
  );
}

async function toBase64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
