import '../../styles/voice.css';
import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { recordingKey } from '../../local-db/account-keys.ts';
import { confirm } from '../dialog.ts';
import { announce, el, setText } from '../el.ts';
import type { Ui } from '../ui.ts';
import { accountOf } from './account.ts';
import { followHold } from './hold.ts';
import { keptRecording } from './kept-recording.ts';
import { browserMicrophone, type MicrophoneError, microphoneError, unavailable } from './microphone.ts';
import { silenceAll } from './open-playback.ts';
import { type BarView, barView, mountHoldBar, mountRecorderBar } from './recorder-bar.ts';
import {
  endedRecording,
  type Recording,
  startRecording,
  type VoiceRecording,
  voiceFile,
} from './recording.ts';
import { keepAwake } from './wake-lock.ts';

/** A shorter press is a tap, which locks. */
const TAP_MS = 350;
/** The click of a touch comes after its release, as an event of its own. */
const CLICK_DELAY_MS = 700;
/** A shorter recording is deleted without a question, a longer one is announced when it ends soon. */
const ASK_FROM_MS = 5_000;

/** The composer, as far as the recorder needs it. */
export type RecorderHost = {
  /** The row with the input and `button`, which is hidden while a recording is locked. */
  row: HTMLElement;
  button: HTMLElement;
  note: HTMLElement;
  replyTo: () => number | undefined;
  onSent: () => void;
};

/**
 * Records voice messages in the place of the composer. A held button records until it is released, which sends; a tap, a
 * click or a key locks the recording. What is recorded is in the memory of this page; once it is paused, and when the
 * conversation is left, it is kept in this browser and offered again.
 */
export function mountRecorder(ui: Ui, conversationId: Id, host: RecorderHost) {
  const { i18n, clock, actions } = ui;
  const { t } = i18n;
  const microphone = browserMicrophone();
  const { userId, store, blobs } = accountOf(ui);
  const kept = keptRecording({
    store,
    key: recordingKey(userId, conversationId),
    conversationId,
    blobs,
    locks: navigator.locks as LockManager | undefined,
    clock,
  });
  const holdBar = mountHoldBar(ui);
  const status = el('span', { class: 'visually-hidden', role: 'status' });
  const bar = mountRecorderBar(ui, {
    onDelete: () => void remove(),
    onPause: () => pause(),
    onContinue: resume,
    onSend: () => void send(),
  });
  const form = host.row.parentElement;
  host.button.before(holdBar.node);
  host.row.after(bar.node, status);

  let phase: 'idle' | 'starting' | 'recording' | 'sending' = 'idle';
  let recording: Recording | undefined;
  let isHeld = false;
  let pressedAt = 0;
  let releasedAt = Number.NEGATIVE_INFINITY;
  /** Why it is paused or ended, if not by the person. */
  let cause = '';
  let shownState: BarView['state'] | undefined;
  let letSleep: (() => void) | undefined;

  function press(event?: PointerEvent): void {
    if (phase !== 'idle' || (!event && clock.now() - releasedAt < CLICK_DELAY_MS)) return;
    setText(host.note, '');
    const error = unavailable(microphone);
    if (error) {
      showError(error);
      return;
    }
    pressedAt = clock.now();
    isHeld = event !== undefined;
    void start();
    if (!event) return;
    followHold(host.button, event, {
      onSlide: holdBar.slideTo,
      onCancel() {
        releasedAt = clock.now();
        drop();
        announce(status, t('voice.cancelled'));
      },
      onLock: lock,
      onRelease,
    });
  }

  function onRelease(): void {
    releasedAt = clock.now();
    // While the browser asks for the microphone, the finger leaves the button.
    if (phase !== 'recording' || clock.now() - pressedAt < TAP_MS) lock();
    else void send();
  }

  function lock(): void {
    if (!isHeld) return;
    isHeld = false;
    render();
    if (phase !== 'idle') bar.sendButton.focus({ preventScroll: true });
  }

  async function start(): Promise<void> {
    phase = 'starting';
    cause = '';
    silenceAll();
    render();
    if (!isHeld) bar.sendButton.focus({ preventScroll: true });
    try {
      const begun = await startRecording(microphone, clock, onChange);
      // It was cancelled while the browser asked for the microphone.
      if (phase !== 'starting') {
        begun.cancel();
        return;
      }
      recording = begun;
      phase = 'recording';
      onChange();
    } catch (thrown) {
      if (phase !== 'starting') return;
      drop();
      showError(microphoneError(thrown));
    }
  }

  function showError(error: MicrophoneError): void {
    setText(host.note, t(`voice.error.${error}`));
  }

  function onChange(): void {
    if (phase !== 'recording' || !recording) return;
    const state = recording.state();
    if (state !== 'recording') isHeld = false;
    if (state === 'ended') cause ||= t(recording.lostMicrophone() ? 'voice.lost' : 'voice.ended');
    render();
  }

  function render(): void {
    const isActive = phase !== 'idle';
    const now = barView(i18n, recording, cause);
    holdBar.node.hidden = !isActive || !isHeld;
    host.row.classList.toggle('is-held', isActive && isHeld);
    host.row.hidden = isActive && !isHeld;
    bar.node.hidden = !isActive || isHeld;
    if (!isActive) return;
    holdBar.update(now);
    bar.update(now);
    if (now.state === shownState) return;
    shownState = now.state;
    announce(status, now.text);
    letSleep?.();
    letSleep = now.state === 'recording' ? keepAwake() : undefined;
    if (now.state === 'paused' || now.state === 'ended') void offerPreview();
  }

  async function offerPreview(): Promise<void> {
    const paused = recording;
    const recorded = await paused?.snapshot();
    const isStill = phase === 'recording' && recording === paused && paused?.state() !== 'recording';
    if (!recorded || !isStill) return;
    bar.showPreview(recorded);
    await keep(recorded);
  }

  /** Another tab may have a recording of this conversation; then this one ends with the page. */
  async function keep(recorded: VoiceRecording): Promise<void> {
    if (await kept.own()) await kept.keep(recorded).catch(() => undefined);
  }

  /** Offers what was recorded before, unless another tab does. */
  async function restore(): Promise<void> {
    if (phase !== 'idle' || !(await kept.own())) return;
    const recorded = await kept.find();
    if (!recorded || phase !== 'idle') {
      kept.disown();
      return;
    }
    recording = endedRecording(recorded);
    phase = 'recording';
    cause = t('voice.kept');
    render();
  }

  function pause(why = ''): void {
    cause = why;
    recording?.pause();
  }

  function resume(): void {
    cause = '';
    silenceAll();
    recording?.resume();
    render();
  }

  async function send(): Promise<void> {
    if (phase !== 'recording' || !recording) return;
    phase = 'sending';
    silenceAll();
    const recorded = await recording.stop();
    const isSent = recorded.blob.size > 0 && (await actions.sendFiles(...message(recorded)));
    if (isSent) {
      drop();
      host.onSent();
      return;
    }
    // What was recorded is still here.
    phase = 'recording';
    isHeld = false;
    onChange();
    setText(host.note, t(recorded.blob.size > 0 ? 'composer.notStored' : 'voice.error.failed'));
  }

  function message(recorded: VoiceRecording) {
    const file = voiceFile(recorded, t('voice.fileName', { date: i18n.dayKey(ui.now()) }));
    return [conversationId, '', [file], { replyTo: host.replyTo() }] as const;
  }

  async function remove(): Promise<void> {
    const isLong = recording !== undefined && recording.elapsedMs() >= ASK_FROM_MS;
    if (isLong) pause();
    if (isLong && !(await confirm(i18n, { title: t('voice.deleteTitle'), yes: t('voice.deleteYes') })))
      return;
    drop();
    host.button.focus({ preventScroll: true });
  }

  function drop(): void {
    phase = 'idle';
    isHeld = false;
    shownState = undefined;
    letSleep?.();
    letSleep = undefined;
    recording?.cancel();
    recording = undefined;
    kept.drop();
    kept.disown();
    bar.dropPreview();
    holdBar.slideTo(0);
    render();
  }

  function onKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || phase === 'idle' || event.defaultPrevented) return;
    // Esc would leave the conversation.
    event.preventDefault();
    void remove();
  }

  const listening = new AbortController();
  const options = { signal: listening.signal };
  form?.addEventListener('keydown', onKey, options);
  document.addEventListener(
    'visibilitychange',
    () => {
      if (document.hidden && phase === 'recording' && recording?.state() === 'recording') {
        pause(t('voice.hidden'));
      }
    },
    options,
  );
  window.addEventListener(
    'beforeunload',
    (event) => recording?.state() === 'recording' && event.preventDefault(),
    options,
  );

  /** The conversation is left: what is recorded is kept, and offered when it is opened again. */
  async function close(): Promise<void> {
    listening.abort();
    const left = phase === 'recording' ? recording : undefined;
    phase = 'idle';
    letSleep?.();
    bar.dropPreview();
    const recorded = await left?.stop();
    if (recorded && recorded.blob.size > 0) await keep(recorded);
    kept.disown();
  }

  return { press, restore: () => void restore(), close: () => void close() };
}
