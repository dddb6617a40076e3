import type { I18n } from '../../i18n/i18n.ts';
import type { Playback, Voice } from './playback.ts';

const STEP_MS = 5_000;

/**
 * The keys of a headset, keyboard or lock screen control the voice message that plays, where the browser has a Media
 * Session. The lock screen says that it is a voice message, never whose.
 */
export function followMediaKeys(t: I18n['t'], playback: Playback, voice: Voice): void {
  if (!('mediaSession' in navigator)) return;
  const session = navigator.mediaSession;
  session.metadata = new MediaMetadata({ title: t('voice.title'), artist: 'Bisik' });
  const seekBy = (ms: number) => playback.seek(voice, playback.progress(voice).atMs + ms);
  const isPlaying = () => playback.progress(voice).state === 'playing';
  const actions: [MediaSessionAction, MediaSessionActionHandler][] = [
    ['play', () => !isPlaying() && playback.toggle(voice)],
    ['pause', () => isPlaying() && playback.toggle(voice)],
    ['seekbackward', () => seekBy(-STEP_MS)],
    ['seekforward', () => seekBy(STEP_MS)],
    ['seekto', ({ seekTime = 0 }) => playback.seek(voice, seekTime * 1_000)],
  ];
  for (const [action, run] of actions) {
    try {
      session.setActionHandler(action, run);
    } catch {
      // A browser that does not know the action.
    }
  }
}
