import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { KeyValueStore } from '../../key-value-store.ts';

export const SPEEDS = [1, 1.5, 2] as const;
const SPEED_KEY = 'bisik.voiceSpeed';
/** Voice messages whose content stays in memory: at most 2 MB each, by the limit of a recording. */
const MAX_CACHED = 12;

/** A voice message to play. `next` is played after it. */
export type Voice = {
  id: Id;
  durationMs: number;
  load(signal: AbortSignal): Promise<Blob>;
  /** Runs when it begins to play. */
  onPlay?: () => void;
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
  onError: (thrown: unknown) => void;
};
export type Playback = ReturnType<typeof createPlayback>;

/**
 * Plays one voice message at a time, all on one element: a browser that wants a press before it plays wants it once per
 * element. Durations come from the message, since a recorded WebM has none.
 */
export function createPlayback({ audio, store, urls, toWav, claim, onError }: Deps) {
  const followers = new Map<Id, Set<() => void>>();
  const cached = new Map<Id, Blob>();
  /** Where each message was left. */
  const positions = new Map<Id, number>();
  let current: Voice | undefined;
  let state: PlaybackState = 'idle';
  let url: string | undefined;
  let loading = new AbortController();
  let speed: number = SPEEDS.find((one) => String(one) === store.getItem(SPEED_KEY)) ?? 1;

  const notify = (id: Id | undefined) => {
    for (const follower of (id && followers.get(id)) || []) follower();
  };

  function setState(next: PlaybackState): void {
    state = next;
    notify(current?.id);
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
    notify(left.id);
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

  async function start(voice: Voice): Promise<void> {
    leave();
    current = voice;
    loading = new AbortController();
    const { signal } = loading;
    const end = voice.durationMs - 200;
    const atMs = positions.get(voice.id) ?? 0;
    const fromMs = atMs < end ? atMs : 0;
    setState('loading');
    // In Safari this, called by a press, lets the element play once the content is there.
    audio.load();
    try {
      const blob = await content(voice, signal);
      if (signal.aborted) return;
      claim();
      await playBlob(blob, fromMs).catch(async (thrown: unknown) => {
        if (signal.aborted || !isUnsupported(thrown)) throw thrown;
        const wav = await toWav(blob).catch(() => undefined);
        if (signal.aborted) return;
        if (!wav) {
          setState('unplayable');
          return;
        }
        cached.set(voice.id, wav);
        await playBlob(wav, fromMs);
      });
      if (!signal.aborted && state !== 'unplayable') voice.onPlay?.();
    } catch (thrown) {
      if (signal.aborted) return;
      // Without a press of its own, a browser may refuse: another press plays.
      setState('paused');
      if (!isRefused(thrown)) {
        leave();
        onError(thrown);
      }
    }
  }

  function resume(): void {
    claim();
    audio.play().catch(() => setState('paused'));
  }

  audio.addEventListener('playing', () => current && setState('playing'));
  audio.addEventListener('pause', () => current && url && state === 'playing' && setState('paused'));
  audio.addEventListener('timeupdate', () => {
    if (!current) return;
    // Nothing shows it any more: its conversation was left.
    if (followers.get(current.id)) notify(current.id);
    else leave();
  });
  audio.addEventListener('ended', () => {
    const ended = current;
    if (!ended) return;
    const next = ended.next?.();
    leave();
    positions.delete(ended.id);
    notify(ended.id);
    if (next) void start(next);
  });

  return {
    /** Calls back at every change of a message's progress; returns how to stop. */
    follow(id: Id, onChange: () => void): () => void {
      const all = followers.get(id) ?? new Set();
      followers.set(id, all.add(onChange));
      return () => {
        all.delete(onChange);
        if (all.size === 0) followers.delete(id);
      };
    },
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
      notify(voice.id);
    },
    /** The next speed, for all messages, remembered in this browser. */
    nextSpeed(): void {
      const index = SPEEDS.findIndex((one) => one === speed);
      speed = SPEEDS[(index + 1) % SPEEDS.length] ?? 1;
      store.setItem(SPEED_KEY, String(speed));
      audio.playbackRate = speed;
      for (const id of followers.keys()) notify(id);
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

const isUnsupported = (thrown: unknown) => thrown instanceof Error && thrown.name === 'NotSupportedError';
const isRefused = (thrown: unknown) => thrown instanceof Error && thrown.name === 'NotAllowedError';
