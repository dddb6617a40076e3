import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { openKeyValueStore } from '../../key-value-store.ts';
import { createPlayback, type Playback } from './playback.ts';
import { toWav } from './wav.ts';

let opened: Playback | undefined;
let tabs: BroadcastChannel | undefined;
/** How each player in the page is redrawn. */
const redraws = new WeakMap<Element, () => void>();
const players = (id?: Id) =>
  [...document.querySelectorAll<HTMLElement>('[data-voice]')].filter(
    ({ dataset }) => !id || dataset.voice === id,
  );

/** Redraws a player with the playback of its message, as long as it is in the page. */
export function followPlayback(node: HTMLElement, id: Id, redraw: () => void): void {
  node.dataset.voice = id;
  redraws.set(node, redraw);
}

/** The one playback of this page. Another tab that plays or records silences it. */
export function openPlayback(): Playback {
  opened ??= create();
  return opened;
}

/** Silences this page and all other tabs, before a recording. */
export function silenceAll(): void {
  openPlayback().silence();
  channel()?.postMessage('claimed');
}

function channel(): BroadcastChannel | undefined {
  if ('BroadcastChannel' in globalThis) tabs ??= new BroadcastChannel('bisik.voice');
  return tabs;
}

function create(): Playback {
  const audio = new Audio();
  audio.preload = 'auto';
  const playback = createPlayback({
    audio,
    store: openKeyValueStore(),
    urls: URL,
    toWav,
    claim: () => channel()?.postMessage('claimed'),
    onChange(id) {
      for (const node of players(id)) redraws.get(node)?.();
    },
    isShown: (id) => players(id).length > 0,
  });
  channel()?.addEventListener('message', () => playback.silence());
  return playback;
}
