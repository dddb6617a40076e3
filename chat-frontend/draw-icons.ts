/** `node chat-frontend/draw-icons.ts`: draws the icons browsers want as PNG from favicon.svg, by the Chromium of the tests. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openBrowser } from './test/support/browser.ts';

const path = (name: string) => fileURLToPath(new URL(`public/${name}`, import.meta.url));
const drawing = `data:image/svg+xml;base64,${readFileSync(path('favicon.svg')).toString('base64')}`;
const PAPER = '#fbf6e9';

/** A launcher cuts a maskable icon to its own shape: all that matters lies within the inner four fifths. */
const ICONS = [
  { file: 'icons/icon-192.png', size: 192, ground: '', share: 0.94 },
  { file: 'icons/icon-512.png', size: 512, ground: '', share: 0.94 },
  { file: 'icons/maskable-512.png', size: 512, ground: PAPER, share: 0.6 },
  { file: 'icons/apple-180.png', size: 180, ground: PAPER, share: 0.72 },
];

type Wish = (typeof ICONS)[number] & { drawing: string };

async function draw(page: Page, wish: Wish): Promise<Buffer> {
  const address = await page.evaluate(async ({ size, ground, share, drawing }: Wish) => {
    const image = new Image();
    image.src = drawing;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = size;
    canvas.height = size;
    const brush = canvas.getContext('2d');
    if (!brush) throw new Error('no canvas');
    if (ground) {
      brush.fillStyle = ground;
      brush.fillRect(0, 0, size, size);
    }
    const side = size * share;
    brush.drawImage(image, (size - side) / 2, (size - side) / 2, side, side);
    return canvas.toDataURL('image/png');
  }, wish);
  return Buffer.from(address.slice(address.indexOf(',') + 1), 'base64');
}

const browser = await openBrowser();
try {
  const page = await browser.newPage();
  for (const icon of ICONS) {
    const png = await draw(page, { ...icon, drawing });
    writeFileSync(path(icon.file), png);
    process.stdout.write(`${icon.file}: ${png.length} bytes\n`);
  }
} finally {
  await browser.close();
}
