import type { Picture } from '../../../../chat-core/src/wire/wire.ts';

/** What the box takes for a picture, in bytes. */
const MAX_BYTES = 20_000;
/** Sides of the square in pixels, and qualities, from the best that may fit to what always does. */
const TRIES = [
  [320, 0.82],
  [256, 0.75],
  [192, 0.7],
  [128, 0.6],
  [96, 0.5],
] as const;

/** Colours of the control picture, in squares of so many pixels beside one another. */
const CONTROL = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [16, 16, 16],
] as const;
const CONTROL_PX = 8;
/** A protection that shifts colours by a hair leaves a picture what it is. */
const MAX_SHIFT = 24;

/** The browser gives noise for what was drawn, as a protection against being recognised by it. */
export class CanvasProtected extends Error {
  override name = 'CanvasProtected';
}

/**
 * The middle square of a picture, small enough for the box: WebP, or JPEG where the browser cannot write that. What it
 * carried besides its pixels (the place, the camera) is gone.
 * @throws Error when the browser cannot read the file, CanvasProtected when what it draws cannot be read
 */
export async function shrink(file: Blob): Promise<Picture> {
  if (!readsBack()) throw new CanvasProtected();
  const image = await createImageBitmap(file);
  try {
    for (const [side, quality] of TRIES) {
      const small = await draw(image, side, quality);
      const type = small.type === 'image/webp' ? 'image/webp' : 'image/jpeg';
      if (small.size <= MAX_BYTES) return { type, data: await asBase64(small) };
    }
  } finally {
    image.close();
  }
  throw new Error('the picture stays too large');
}

/** Whether a canvas gives what was drawn upon it. */
function readsBack(): boolean {
  const canvas = document.createElement('canvas');
  canvas.width = CONTROL_PX * CONTROL.length;
  canvas.height = CONTROL_PX;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  CONTROL.forEach((colour, n) => {
    context.fillStyle = `rgb(${colour.join(' ')})`;
    context.fillRect(n * CONTROL_PX, 0, CONTROL_PX, CONTROL_PX);
  });
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const shifts = CONTROL.flatMap((colour, n) => {
    // Of a square's middle: its edges may be smoothed.
    const at = (canvas.width * (CONTROL_PX / 2) + (n + 0.5) * CONTROL_PX) * 4;
    return colour.map((value, channel) => Math.abs(value - (data[at + channel] ?? 0)));
  });
  return Math.max(...shifts) <= MAX_SHIFT;
}

async function draw(image: ImageBitmap, side: number, quality: number): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  const cut = Math.min(image.width, image.height);
  const [x, y] = [(image.width - cut) / 2, (image.height - cut) / 2];
  // JPEG knows no transparency: what shines through is white there, and so it is everywhere.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, x, y, cut, cut, 0, 0, side, side);
  const written = await write(canvas, 'image/webp', quality);
  return written.type === 'image/webp' ? written : write(canvas, 'image/jpeg', quality);
}

function write(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), type, quality),
  );
}

async function asBase64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
