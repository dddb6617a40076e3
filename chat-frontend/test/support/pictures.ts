import { crc32, deflateSync } from 'node:zlib';

/** A PNG picture (PNG specification, third edition): a gradient in a hue of its own. `hue` is from 0 to 255. */
export function png(width: number, height: number, hue = 0): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (1 + width * 3) + 1 + x * 3;
      rows[at] = (hue + (x * 120) / width) & 255;
      rows[at + 1] = (90 + (y * 130) / height) & 255;
      rows[at + 2] = (255 - hue / 2) & 255;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits each of red, green and blue.
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const content = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...content]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

/** What a message says of such a picture, with a preview of a few pixels. */
export function pictureLook(width: number, height: number, hue = 0) {
  const scale = 16 / Math.max(width, height);
  const preview = png(Math.max(1, width * scale) | 0, Math.max(1, height * scale) | 0, hue);
  return { width, height, preview: preview.toString('base64') };
}
