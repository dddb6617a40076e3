import { el, setText } from '../el.ts';
import { lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';
import { clockTime } from './duration.ts';
import { openPlayback } from './open-playback.ts';
import { mountVoicePlayer } from './player.lazy.ts';
import { MAX_RECORDING_MS, type Recording, type VoiceRecording } from './recording.ts';

/** The last minute is counted down. */
const COUNTDOWN_MS = 60_000;
const PREVIEW_ID = 'recording';

/** What the bar shows. `text` explains the state, as a pause by the system. */
export type BarView = {
  state: 'starting' | 'recording' | 'paused' | 'ended';
  elapsedMs: number;
  level: number;
  text: string;
};

/** What to show of a recording, which is undefined while the browser asks for the microphone. `cause`: why it is paused or ended. */
export function barView({ t }: Ui['i18n'], recording: Recording | undefined, cause: string): BarView {
  const state = recording?.state() ?? 'starting';
  const words = {
    starting: t('voice.starting'),
    recording: t('voice.recording'),
    paused: cause || t('voice.paused'),
    ended: cause,
  };
  const { elapsedMs = () => 0, level = () => 0 } = recording ?? {};
  return { state, elapsedMs: elapsedMs(), level: level(), text: words[state] };
}

type BarActions = { onDelete: () => void; onPause: () => void; onContinue: () => void; onSend: () => void };

/** The bar of a locked recording, which takes the place of the composer: its time, and buttons to delete, pause, listen and send. */
export function mountRecorderBar(ui: Ui, actions: BarActions) {
  const { t } = ui.i18n;
  const time = recordingTime(ui);
  const state = el('span', { class: 'recorder-state' });
  const button = (
    icon: Parameters<typeof lazyIcon>[0],
    label: string,
    click: (event: MouseEvent) => void,
    more = '',
  ) =>
    el(
      'button',
      { type: 'button', class: `recorder-button ${more}`, 'aria-label': label, title: label, on: { click } },
      lazyIcon(icon),
    );
  const deleteButton = button('trash', t('voice.delete'), actions.onDelete);
  const pauseButton = button('pause', t('voice.pauseRecording'), actions.onPause);
  const continueButton = button('mic', t('voice.continue'), actions.onContinue);
  let isPressed = false;
  const sendButton = button('send', t('voice.send'), send, 'recorder-send');
  sendButton.addEventListener('pointerdown', () => {
    isPressed = true;
  });
  const node = el(
    'div',
    { class: 'recorder', role: 'group', 'aria-label': t('voice.recorder'), hidden: true },
    deleteButton,
    time.node,
    state,
    pauseButton,
    continueButton,
    sendButton,
  );
  let preview: HTMLElement | undefined;

  /** The click of the tap that locked the recording may land here, without a press of its own. */
  function send(event: MouseEvent): void {
    if (event.detail === 0 || isPressed) actions.onSend();
    isPressed = false;
  }

  function dropPreview(): void {
    if (preview) openPlayback().forget(PREVIEW_ID);
    preview?.remove();
    preview = undefined;
  }

  return {
    node,
    sendButton,
    /** The button that pauses or continues keeps the focus when it becomes the other one. */
    update(view: BarView): void {
      const isPaused = view.state === 'paused';
      const hadFocus = [pauseButton, continueButton].some((one) => one === document.activeElement);
      pauseButton.hidden = view.state !== 'recording';
      continueButton.hidden = !isPaused;
      if (hadFocus) (isPaused ? continueButton : pauseButton.hidden ? sendButton : pauseButton).focus();
      if (view.state === 'recording') dropPreview();
      time.update(view);
      time.node.hidden = preview !== undefined;
      setText(state, view.text);
      state.classList.toggle('is-long', view.state !== 'recording');
    },
    /** Offers what was recorded so far to listen to. */
    showPreview({ blob, durationMs, waveform }: VoiceRecording): void {
      dropPreview();
      const source = { blob: async () => blob };
      preview = mountVoicePlayer(ui, { id: PREVIEW_ID, durationMs, waveform }, source).node;
      time.node.hidden = true;
      time.node.after(preview);
    },
    dropPreview,
  };
}

/** Beside the button of a held recording: its time, and where the finger may slide. */
export function mountHoldBar(ui: Ui) {
  const time = recordingTime(ui);
  const hint = el('span', { class: 'recorder-slide', 'aria-hidden': 'true' }, ui.i18n.t('voice.slide'));
  const node = el('div', { class: 'recorder-hold', hidden: true }, time.node, hint);
  return {
    node,
    update: time.update,
    /** How far the finger has moved towards cancelling, 0 to 1. */
    slideTo: (share: number) => hint.style.setProperty('--slide', `${-60 * share}px`),
  };
}

/** The time of a recording, in its last minute what is left. */
function recordingTime({ i18n: { t } }: Ui) {
  const text = el('span', { role: 'timer', 'aria-live': 'off' });
  const node = el('span', { class: 'recorder-time' }, text);
  return {
    node,
    update({ elapsedMs, level }: Pick<BarView, 'elapsedMs' | 'level'>): void {
      const leftMs = MAX_RECORDING_MS - elapsedMs;
      const isLast = leftMs <= COUNTDOWN_MS;
      setText(text, isLast ? t('voice.left', { n: Math.ceil(leftMs / 1_000) }) : clockTime(elapsedMs));
      node.classList.toggle('is-last', isLast);
      node.style.setProperty('--level', Math.min(1, level * 4).toFixed(2));
    },
  };
}
