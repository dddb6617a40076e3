/** `node chat-frontend/draw-icons.ts`: draws the PNG icons from favicon.svg, with the Chromium of the tests. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openBrowser } from './test/support/browser.ts';

const path = (name: string) => fileURLToPath(new URL(`public/${name}`, import.meta.url));
const drawing = `data:image/svg+xml;base64,${readFileSync(path('favicon.svg')).toString('base64')}`;
const PAPER = '#fbf6e9';

/** `share`: how much of the side the drawing takes. A launcher may crop a maskable icon to its inner four fifths. */
const ICONS = [
  { file: 'icons/icon-192.png', size: 192, background: '', share: 0.94 },
  { file: 'icons/icon-512.png', size: 512, background: '', share: 0.94 },
  { file: 'icons/maskable-512.png', size: 512, background: PAPER, share: 0.6 },
  { file: 'icons/apple-180.png', size: 180, background: PAPER, share: 0.72 },
];

type IconSpec = (typeof ICONS)[number] & { drawing: string };

async function draw(page: Page, icon: IconSpec): Promise<Buffer> {
  const dataUrl = await page.evaluate(async ({ size, background, share, drawing }: IconSpec) => {
    const image = new Image();
    image.src = drawing;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = size;
    canvas.height = size;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    if (background) {
      context.fillStyle = background;
      context.fillRect(0, 0, size, size);
    }
    const side = size * share;
    context.drawImage(image, (size - side) / 2, (size - side) / 2, side, side);
    return canvas.toDataURL('image/png');
  }, icon);
  return Buffer.from(dataUrl.slice(dataUrl.indexOf(',') + 1), 'base64');
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
