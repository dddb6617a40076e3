import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { KeyValueStore } from '../../key-value-store.ts';

export const SPEEDS = [1, 1.5, 2] as const;
const SPEED_KEY = 'bisik.voiceSpeed';
/** Voice messages whose content stays in memory: at most 2 MB each, by the limit of a recording. */
const MAX_CACHED = 12;
/** A message that was left this close to its end begins anew. */
const END_MS = 200;

/** A voice message to play. `next` is played after it. */
export type Voice = {
  id: Id;
  durationMs: number;
  load(signal: AbortSignal): Promise<Blob>;
  /** Runs when it begins to play. */
  onPlay?: () => void;
  /** Runs when it could not be loaded. */
  onError?: (thrown: unknown) => void;
  next?: () => Voice | undefined;
};
export type PlaybackState = 'idle' | 'loading' | 'playing' | 'paused' | 'unplayable';
/** What the player of a voice message shows. */
export type Progress = { state: PlaybackState; atMs: number; durationMs: number; speed: number };

/** What playback needs of the browser. */
type Deps = {
  audio: HTMLAudioElement;
  store: KeyValueStore;
  urls: Pick<typeof URL, 'createObjectURL' | 'revokeObjectURL'>;
  /** Decodes what Web Audio can and a media element cannot. */
  toWav: (blob: Blob) => Promise<Blob>;
  /** Silences the other tabs. */
  claim: () => void;
  /** Redraws the players of a message; of all without an id. */
  onChange: (id?: Id) => void;
  /** Whether the page shows a player of a message. */
  isShown: (id: Id) => boolean;
};
export type Playback = ReturnType<typeof createPlayback>;

/**
 * Plays one voice message at a time, all on one element: a browser that wants a press before it plays wants it once per
 * element. Durations come from the message, since a recorded WebM has none.
 */
export function createPlayback({ audio, store, urls, toWav, claim, onChange, isShown }: Deps) {
  const cached = new Map<Id, Blob>();
  /** Where each message was left. */
  const positions = new Map<Id, number>();
  let current: Voice | undefined;
  let state: PlaybackState = 'idle';
  let url: string | undefined;
  let loading = new AbortController();
  let speed: number = SPEEDS.find((one) => String(one) === store.getItem(SPEED_KEY)) ?? 1;

  function setState(next: PlaybackState): void {
    state = next;
    if (current) onChange(current.id);
  }

  function positionOf({ id, durationMs }: Pick<Voice, 'id' | 'durationMs'>): number {
    const isShown = current?.id === id && url !== undefined;
    const atMs = isShown ? audio.currentTime * 1_000 : (positions.get(id) ?? 0);
    return Math.min(atMs, durationMs);
  }

  /** Leaves the current message; the next play of it continues there. */
  function leave(): void {
    loading.abort();
    if (!current) return;
    const left = current;
    positions.set(left.id, positionOf(left));
    current = undefined;
    state = 'idle';
    audio.pause();
    audio.removeAttribute('src');
    if (url) urls.revokeObjectURL(url);
    url = undefined;
    onChange(left.id);
  }

  async function content(voice: Voice, signal: AbortSignal): Promise<Blob> {
    const blob = cached.get(voice.id) ?? (await voice.load(signal));
    cached.delete(voice.id);
    cached.set(voice.id, blob);
    const [oldest] = cached.keys();
    if (cached.size > MAX_CACHED && oldest) cached.delete(oldest);
    return blob;
  }

  async function playBlob(blob: Blob, fromMs: number): Promise<void> {
    if (url) urls.revokeObjectURL(url);
    url = urls.createObjectURL(blob);
    audio.src = url;
    audio.defaultPlaybackRate = speed;
    audio.playbackRate = speed;
    // Before the metadata is loaded this is where the element will begin.
    audio.currentTime = fromMs / 1_000;
    await audio.play();
  }

  /** Plays what the element cannot play as WAV, which is then what is cached. */
  async function playDecoded({ id }: Voice, blob: Blob, fromMs: number, signal: AbortSignal): Promise<void> {
    const wav = await toWav(blob).catch(() => undefined);
    if (signal.aborted) return;
    if (!wav) throw new DOMException('', 'NotSupportedError');
    cached.set(id, wav);
    await playBlob(wav, fromMs);
  }

  async function start(voice: Voice): Promise<void> {
    leave();
    current = voice;
    loading = new AbortController();
    const { signal } = loading;
    const atMs = positions.get(voice.id) ?? 0;
    const fromMs = atMs < voice.durationMs - END_MS ? atMs : 0;
    setState('loading');
    // In Safari this, called by a press, lets the element play once the content is there.
    audio.load();
    try {
      const blob = await content(voice, signal);
      if (signal.aborted) return;
      claim();
      await playBlob(blob, fromMs).catch(async (thrown: unknown) => {
        if (signal.aborted || nameOf(thrown) !== 'NotSupportedError') throw thrown;
        await playDecoded(voice, blob, fromMs, signal);
      });
      if (!signal.aborted) voice.onPlay?.();
    } catch (thrown) {
      if (!signal.aborted) onFailure(voice, thrown);
    }
  }

  function onFailure(voice: Voice, thrown: unknown): void {
    if (nameOf(thrown) === 'NotSupportedError') setState('unplayable');
    // The browser wants a press of its own.
    else if (nameOf(thrown) === 'NotAllowedError') setState('paused');
    else {
      leave();
      voice.onError?.(thrown);
    }
  }

  function resume(): void {
    claim();
    audio.play().catch(() => setState('paused'));
  }

  audio.addEventListener('playing', () => current && setState('playing'));
  audio.addEventListener('pause', () => current && url && state === 'playing' && setState('paused'));
  // A file that is damaged further on.
  audio.addEventListener('error', () => current && state === 'playing' && setState('unplayable'));
  audio.addEventListener('timeupdate', () => {
    if (!current) return;
    // Nothing shows it any more: its conversation was left.
    if (isShown(current.id)) onChange(current.id);
    else leave();
  });
  audio.addEventListener('ended', () => {
    const ended = current;
    if (!ended) return;
    const next = ended.next?.();
    leave();
    positions.delete(ended.id);
    onChange(ended.id);
    if (next) void start(next);
  });

  return {
    progress(voice: Voice): Progress {
      const isCurrent = current?.id === voice.id;
      const { durationMs } = voice;
      return { state: isCurrent ? state : 'idle', atMs: positionOf(voice), durationMs, speed };
    },
    /** Plays a message from where it was left, or pauses it. */
    toggle(voice: Voice): void {
      if (current?.id !== voice.id || state === 'unplayable') void start(voice);
      else if (state === 'playing') audio.pause();
      else if (state === 'paused') resume();
      else leave();
    },
    seek(voice: Voice, toMs: number): void {
      const atMs = Math.max(0, Math.min(toMs, voice.durationMs));
      if (current?.id === voice.id && url) audio.currentTime = atMs / 1_000;
      else positions.set(voice.id, atMs);
      onChange(voice.id);
    },
    /** The next speed, for all messages, remembered in this browser. */
    nextSpeed(): void {
      speed = SPEEDS.find((one) => one > speed) ?? 1;
      store.setItem(SPEED_KEY, String(speed));
      audio.playbackRate = speed;
      onChange();
    },
    /** Pauses what plays: a recording begins, or another tab plays. */
    silence(): void {
      if (state === 'loading') leave();
      else audio.pause();
    },
    /** Drops what is known of a message, as of a recording that was continued. */
    forget(id: Id): void {
      if (current?.id === id) leave();
      cached.delete(id);
      positions.delete(id);
    },
  };
}

const nameOf = (thrown: unknown) => (thrown instanceof Error ? thrown.name : '');
