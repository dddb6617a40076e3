const SVG = 'http://www.w3.org/2000/svg';

/** Strokes on a 24 × 24 grid. */
const PATHS = {
  back: ['M14.5 5.5 8 12l6.5 6.5'],
  send: [
    'M5 12 4 4.6c-.1-.8.7-1.4 1.4-1l14.3 7.5c.7.4.7 1.4 0 1.8L5.4 20.4c-.7.4-1.5-.2-1.4-1L5 12Zm0 0h6.5',
  ],
  addFriend: [
    'M9.5 11.5a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5Z',
    'M3 20c.4-3.3 3-5.5 6.5-5.5S15.6 16.7 16 20',
    'M18.5 8v6',
    'M15.5 11h6',
  ],
  settings: [
    'M4 7.5h9',
    'M17.5 7.5H20',
    'M15.25 9.75a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5Z',
    'M4 16.5h2.5',
    'M11 16.5h9',
    'M8.75 18.75a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5Z',
  ],
  search: ['M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Z', 'm15.5 15.5 4.5 4.5'],
  clock: ['M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z', 'M12 7.5V12l3 2'],
  check: ['m5 12.5 4.5 4.5L19 7'],
  checks: ['m1.5 12.5 4.5 4.5L15.5 7', 'm11.6 16.1.9.9L22 7'],
  alert: ['M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z', 'M12 7.5v5.2', 'M12 16.2v.1'],
  lock: [
    'M6.5 11h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1Z',
    'M8.5 11V7.5a3.5 3.5 0 0 1 7 0V11',
  ],
  eye: [
    'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z',
    'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  ],
  eyeOff: [
    'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z',
    'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
    'm4.5 19.5 15-15',
  ],
  logout: ['M10 4.5H6a1 1 0 0 0-1 1v13a1 1 0 0 0 1 1h4', 'M10 12h10', 'm16.5 8.5 3.5 3.5-3.5 3.5'],
  key: ['M8 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Z', 'M12.5 12H21v3', 'M17.5 12v2.5'],
  device: [
    'M5 5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Z',
    'M9 19.5h6',
    'M12 16v3.5',
  ],
  bell: ['M6.5 10a5.5 5.5 0 0 1 11 0c0 5 2 6.5 2 6.5h-15s2-1.5 2-6.5Z', 'M10 19.5a2.2 2.2 0 0 0 4 0'],
  down: ['M12 5v14', 'm6 13 6 6 6-6'],
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative icon in the colour of the text around it; the words beside it, or its button's label, say what it means. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  for (const d of PATHS[name]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}
