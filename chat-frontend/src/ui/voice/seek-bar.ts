import type { I18n } from '../../i18n/i18n.ts';
import { el } from '../el.ts';
import { spokenTime } from './duration.ts';
import { barsPath, toBars } from './waveform.ts';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 64;
/** Steps of the arrow keys, and of Page up and down. */
const STEP_MS = 2_000;
const PAGE_MS = 10_000;

/** The waveform of a voice message as a slider: keys, the mouse and touch seek in it. */
export function createSeekBar(
  i18n: I18n,
  waveform: string | undefined,
  durationMs: number,
  onSeek: (toMs: number) => void,
) {
  let atMs = 0;
  const path = barsPath(toBars(waveform), WIDTH);
  const node = el(
    'div',
    {
      class: 'voice-bar',
      role: 'slider',
      tabindex: 0,
      'aria-label': i18n.t('voice.position'),
      'aria-valuemin': 0,
      'aria-valuemax': Math.round(durationMs / 1_000),
      on: { keydown: onKey, pointerdown: onPress, pointermove: onMove },
    },
    drawBars(path, 'voice-bars'),
    drawBars(path, 'voice-bars voice-played'),
  );

  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const to = {
      ArrowLeft: atMs - STEP_MS,
      ArrowDown: atMs - STEP_MS,
      ArrowRight: atMs + STEP_MS,
      ArrowUp: atMs + STEP_MS,
      PageDown: atMs - PAGE_MS,
      PageUp: atMs + PAGE_MS,
      Home: 0,
      End: durationMs,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    // The list of messages would move its focus.
    event.stopPropagation();
    onSeek(to);
  }

  function seekTo({ clientX }: PointerEvent): void {
    const { left, width } = node.getBoundingClientRect();
    if (width > 0) onSeek(((clientX - left) / width) * durationMs);
  }

  function onPress(event: PointerEvent): void {
    if (event.button !== 0) return;
    // A movement along the waveform is no swipe that replies, and a long press no menu.
    event.stopPropagation();
    node.setPointerCapture(event.pointerId);
    seekTo(event);
  }

  function onMove(event: PointerEvent): void {
    if (node.hasPointerCapture(event.pointerId)) seekTo(event);
  }

  return {
    node,
    update(nextMs: number): void {
      atMs = nextMs;
      const played = durationMs > 0 ? atMs / durationMs : 0;
      node.style.setProperty('--played', `${(played * 100).toFixed(1)}%`);
      node.setAttribute('aria-valuenow', String(Math.round(atMs / 1_000)));
      const [time, total] = [spokenTime(i18n, atMs), spokenTime(i18n, durationMs)];
      node.setAttribute('aria-valuetext', i18n.t('voice.positionOf', { time, total }));
    },
  };
}

function drawBars(path: string, className: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} 1`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', className);
  const bars = document.createElementNS(SVG, 'path');
  bars.setAttribute('d', path);
  svg.append(bars);
  return svg;
}
