import type { I18n } from '../i18n/i18n.ts';
import type { Tick } from '../state/receipts.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** Strokes on a 24 × 24 grid, one path per icon, since every row has icons. */
const PATHS = {
  back: 'M14.5 5.5 8 12l6.5 6.5',
  send: 'M5 12 4 4.6c-.1-.8.7-1.4 1.4-1l14.3 7.5c.7.4.7 1.4 0 1.8L5.4 20.4c-.7.4-1.5-.2-1.4-1L5 12Zm0 0h6.5',
  mic: 'M12 14a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3ZM6 11a6 6 0 0 0 12 0M12 17v3.5',
  addFriend:
    'M9.5 11.5a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5ZM3 20c.4-3.3 3-5.5 6.5-5.5S15.6 16.7 16 20M18.5 8v6M15.5 11h6',
  people:
    'M9.5 11.5a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5ZM3 20c.4-3.3 3-5.5 6.5-5.5s6.1 2.2 6.5 5.5M15.5 4.5a3.5 3.5 0 0 1 0 6.6M17.5 14.9c2 .8 3.2 2.6 3.5 5.1',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5l4.5 4.5',
  clock: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5V12l3 2',
  check: 'M5 12.5l4.5 4.5L19 7',
  checks: 'M1.5 12.5l4.5 4.5L15.5 7M11.6 16.1l.9.9L22 7',
  alert: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5v5.2M12 16.2v.1',
  lock: 'M6.5 11h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1ZM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  eyeOff:
    'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4.5 19.5l15-15',
  bellOff:
    'M8.2 5.9A5.5 5.5 0 0 1 17.5 10c0 2.2.3 3.7.7 4.7M6.7 8.6c-.1.4-.2.9-.2 1.4 0 5-2 6.5-2 6.5h11.8M10 19.5a2.2 2.2 0 0 0 4 0M4 4l16 16',
  down: 'M12 5v14M6 13l6 6 6-6',
  reply: 'M9.5 6 4 11.5 9.5 17M4.5 11.5H14c3.5 0 6 2.3 6 6',
  gone: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM6 6l12 12',
  menu: 'M12 5.5v.01M12 12v.01M12 18.5v.01',
  smile: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM8.5 14a4 4 0 0 0 7 0M9.2 9.7h.01M14.8 9.7h.01',
  pin: 'M9 4.5h6l-1 6 3 3.5H7l3-3.5-1-6ZM12 14v6',
  close: 'M6 6l12 12M18 6 6 18',
  attach:
    'M19.5 11.5l-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l8-8a3 3 0 0 1 4.3 4.3l-8 8a1.5 1.5 0 0 1-2.1-2.1l7.2-7.2',
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative icon in the colour of the surrounding text; the text beside it or the label of its button names it. */
export function icon(name: IconName): SVGSVGElement {
  return iconOf(name, PATHS[name]);
}

/** An icon of a given path. */
export function iconOf(name: string, path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS(SVG, 'path'));
  draw(svg, name, path);
  return svg;
}

/** Changes which icon is drawn. */
export function drawIcon(svg: SVGSVGElement, name: IconName): void {
  draw(svg, name, PATHS[name]);
}

function draw(svg: SVGSVGElement, name: string, path: string): void {
  svg.setAttribute('class', `icon icon-${name}`);
  svg.firstElementChild?.setAttribute('d', path);
}

const ICONS: Record<Tick, IconName> = {
  waiting: 'clock',
  sending: 'clock',
  failed: 'alert',
  sent: 'check',
  delivered: 'checks',
  read: 'checks',
};

/** The delivery state of one's own message as a labelled icon, one element since every row has it. ✓ means stored. */
export function createTick({ t }: I18n) {
  const node = icon('clock');
  node.removeAttribute('aria-hidden');
  node.setAttribute('role', 'img');
  node.setAttribute('hidden', '');
  let shown: Tick | undefined;

  function update(tick: Tick | undefined): void {
    if (tick === shown) return;
    shown = tick;
    node.toggleAttribute('hidden', !tick);
    if (!tick) return;
    drawIcon(node, ICONS[tick]);
    node.classList.add('tick');
    node.setAttribute('aria-label', t(`bubble.${tick}`));
    node.dataset.tick = tick;
  }

  return { node, update };
}
