import '../../styles/file-name.css';
import { bdi, el, visuallyHidden } from '../el.ts';
import { shownName } from './source/save-file.ts';

/** The end of a name says what kind of file it is, so a longer name is cut in its middle. */
const END = 8;
const MIN_CUT = 14;
/** In one line with other things a name has this many characters. */
const MAX_SHORT = 22;

/** The name of a file. Where it has no room its middle is cut; assistive technology reads all of it, a pointer shows it. */
export function fileName(name: string, className: string): HTMLElement {
  const shown = shownName(name);
  const points = [...shown];
  if (points.length < MIN_CUT) return bdi(shown, className);
  const start = points.slice(0, -END).join('');
  const end = points.slice(-END).join('');
  const cut = el(
    'span',
    { class: 'name-cut', 'aria-hidden': 'true' },
    bdi(start, 'name-start'),
    bdi(end, 'name-end'),
  );
  return el('span', { class: className, title: shown }, visuallyHidden(shown), cut);
}

/** The name of a file in one line, cut in its middle if it is long: `Laporan keuan…2026.pdf`. */
export function shortName(name: string): string {
  const points = [...shownName(name)];
  if (points.length <= MAX_SHORT) return points.join('');
  return `${points.slice(0, MAX_SHORT - END - 1).join('')}…${points.slice(-END).join('')}`;
}
