import { correction, generate } from 'lean-qr/nano';

const SVG = 'http://www.w3.org/2000/svg';
/** The width of the quiet zone around the code, in modules (ISO 18004). */
const QUIET_ZONE = 4;

/** The QR code of a link. It is dark on light in every theme, since some scanners do not read inverted codes. */
export function qrCode(link: string, label: string): SVGSVGElement {
  const code = generate(link, { minCorrectionLevel: correction.M });
  const side = code.size + 2 * QUIET_ZONE;
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', runsOf(code).join(''));
  const attributes = { class: 'qr', role: 'img', 'aria-label': label };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  svg.setAttribute('viewBox', `${-QUIET_ZONE} ${-QUIET_ZONE} ${side} ${side}`);
  svg.append(path);
  return svg;
}

/** The runs of dark modules in each row, as rectangles of a path. */
function runsOf(code: ReturnType<typeof generate>): string[] {
  const runs: string[] = [];
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      const from = x;
      while (x < code.size && code.get(x, y)) x++;
      if (x > from) runs.push(`M${from} ${y}h${x - from}v1h${from - x}z`);
    }
  }
  return runs;
}
