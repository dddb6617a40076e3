import { correction, generate } from 'lean-qr/nano';

const SVG = 'http://www.w3.org/2000/svg';
/** Modules of light around the code, which scanners need (ISO 18004). */
const QUIET = 4;

/** What one scans to follow a link: dark on light in every theme, since not every scanner reads the reverse. */
export function qrCode(link: string, label: string): SVGSVGElement {
  const code = generate(link, { minCorrectionLevel: correction.M });
  const side = code.size + 2 * QUIET;
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', runsOf(code).join(''));
  const attributes = { class: 'qr', role: 'img', 'aria-label': label };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  svg.setAttribute('viewBox', `${-QUIET} ${-QUIET} ${side} ${side}`);
  svg.append(path);
  return svg;
}

/** Each row's runs of dark modules, as rectangles of a path. */
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
