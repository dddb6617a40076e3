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

/** A canvas of a size, white: JPEG has no transparency, so transparent parts are white in every format. */
export function whiteCanvas(width: number, height: number) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  return { canvas, context };
}

/** Whether a canvas returns what was drawn on it. */
export function isCanvasReadable(): boolean {
  const { canvas, context } = whiteCanvas(TEST_PX * TEST_COLOURS.length, TEST_PX);
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

/** The picture of a canvas as WebP, or as JPEG where the browser cannot write WebP. */
export async function encodeCanvas(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  const blob = await encode(canvas, 'image/webp', quality);
  return blob.type === 'image/webp' ? blob : encode(canvas, 'image/jpeg', quality);
}

function encode(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), type, quality),
  );
}

export async function toBase64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
