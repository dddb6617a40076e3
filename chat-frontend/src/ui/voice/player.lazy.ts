import '../../styles/voice.css';
import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { accountPrefix } from '../../local-db/account-keys.ts';
import { el, setText, visuallyHidden } from '../el.ts';
import { lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';
import { accountOf } from './account.ts';
import { clockTime, spokenTime } from './duration.ts';
import { openHeard } from './heard.ts';
import { followMediaKeys } from './media-session.ts';
import { followPlayback, openPlayback } from './open-playback.ts';
import type { Voice } from './playback.ts';
import { createSeekBar } from './seek-bar.ts';

/** A voice message to show. `durationMs` and `waveform` were measured while it was recorded. */
export type VoiceFile = { id: Id; durationMs?: number; waveform?: string };
/** Where its content is. */
export type VoiceSource = { blob(onProgress: (bytes: number) => void, signal: AbortSignal): Promise<Blob> };
/** When the message of another person was sent: it is marked until it is played. */
export type VoiceOptions = { receivedAt?: number };

/** The voice message that each player in the page shows. */
const voices = new WeakMap<Element, Voice>();

/**
 * The player of a voice message: play and pause, the waveform to seek in, the time, and the speed. All players of a page
 * share one playback; the next one in the conversation plays on.
 */
export function mountVoicePlayer(ui: Ui, file: VoiceFile, source: VoiceSource, options: VoiceOptions = {}) {
  const { i18n } = ui;
  const { t } = i18n;
  const playback = openPlayback();
  const speeds = new Intl.NumberFormat(i18n.locale);
  const { userId, store } = accountOf(ui);
  const heard = openHeard(store, `${accountPrefix(userId)}heard`, ui.now());
  const voice: Voice = {
    id: file.id,
    durationMs: file.durationMs ?? 0,
    load: (signal) => source.blob(() => undefined, signal),
    onPlay,
    onError: ui.failed,
    next: () => nextVoice(node),
  };

  const playIcon = el('span', { class: 'voice-icon' });
  const playButton = el(
    'button',
    { type: 'button', class: 'voice-play', on: { click: () => playback.toggle(voice) } },
    playIcon,
  );
  const bar = createSeekBar(i18n, file.waveform, voice.durationMs, (toMs) => playback.seek(voice, toMs));
  const time = el('span', { class: 'voice-time' });
  const mark = el('span', { class: 'voice-new', hidden: true }, visuallyHidden(t('voice.new')));
  const note = el('span', { class: 'voice-note', role: 'status' });
  const speedButton = el('button', {
    type: 'button',
    class: 'voice-speed',
    on: { click: playback.nextSpeed },
  });
  const node = el(
    'div',
    {
      class: 'voice',
      role: 'group',
      'aria-label': t('voice.label', { time: spokenTime(i18n, voice.durationMs) }),
    },
    playButton,
    el('div', { class: 'voice-body' }, bar.node, el('p', { class: 'voice-row' }, time, mark, note)),
    speedButton,
  );

  function onPlay(): void {
    if (options.receivedAt !== undefined) heard.add({ id: file.id, at: options.receivedAt });
    followMediaKeys(t, playback, voice);
    show();
  }

  function show(): void {
    const { state, atMs, durationMs, speed } = playback.progress(voice);
    const isBegun = state !== 'idle' || atMs > 0;
    const iconName = state === 'playing' ? 'pause' : state === 'loading' ? 'clock' : 'play';
    if (playIcon.dataset.icon !== iconName) playIcon.replaceChildren(lazyIcon(iconName));
    playIcon.dataset.icon = iconName;
    const label =
      state === 'playing' ? 'voice.pause' : state === 'loading' ? 'voice.stopLoading' : 'voice.play';
    playButton.setAttribute('aria-label', t(label));
    bar.update(atMs);
    setText(time, clockTime(isBegun ? atMs : durationMs));
    setText(note, state === 'unplayable' ? t('voice.unplayable') : '');
    setText(speedButton, `${speeds.format(speed)}×`);
    speedButton.setAttribute('aria-label', t('voice.speed', { n: speeds.format(speed) }));
    const { receivedAt } = options;
    mark.hidden = receivedAt === undefined || heard.has({ id: file.id, at: receivedAt });
  }

  voices.set(node, voice);
  followPlayback(node, file.id, show);
  show();
  return { node };
}

/** The voice message after this one in its conversation, as far as it is in the page. */
function nextVoice(node: Element): Voice | undefined {
  const all = [...document.querySelectorAll('.row .voice')];
  const next = all[all.indexOf(node) + 1];
  return all.includes(node) && next ? voices.get(next) : undefined;
}
