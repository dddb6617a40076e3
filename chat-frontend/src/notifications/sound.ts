import type { Clock } from '../clock.ts';
import type { KeyValueStore } from '../key-value-store.ts';

const KEY = 'bisik.sound';
const REST_MS = 3_000;
/** Hertz; each sounds for so long, in seconds, as loud as a whisper. */
const TONES = [659.3, 880];
const TONE_S = 0.16;
const LOUDNESS = 0.06;

type Deps = { keyValueStore: KeyValueStore; clock: Clock; open?: () => AudioContext };
/** Two soft notes for a message that comes, made by the browser itself; on unless switched off here. */
export function createSound({ keyValueStore, clock, open = () => new AudioContext() }: Deps) {
  let context: AudioContext | undefined;
  let playedAt = Number.NEGATIVE_INFINITY;
  const isOn = () => keyValueStore.getItem(KEY) !== 'off';

  return {
    isOn,
    set(value: boolean): void {
      if (value) keyValueStore.removeItem(KEY);
      else keyValueStore.setItem(KEY, 'off');
    },
    /** At most once in three seconds. A page that was never touched may not be heard, and stays silent. */
    async play(): Promise<void> {
      if (!isOn() || Math.abs(clock.now() - playedAt) < REST_MS) return;
      playedAt = clock.now();
      context ??= open();
      if (context.state === 'suspended') await context.resume();
      for (const [at, hertz] of TONES.entries()) ring(context, hertz, context.currentTime + at * TONE_S);
    },
  };
}

function ring(context: AudioContext, hertz: number, from: number): void {
  const loudness = context.createGain();
  loudness.gain.setValueAtTime(0, from);
  loudness.gain.linearRampToValueAtTime(LOUDNESS, from + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.0001, from + TONE_S * 2);
  const tone = context.createOscillator();
  tone.frequency.value = hertz;
  tone.connect(loudness).connect(context.destination);
  tone.start(from);
  tone.stop(from + TONE_S * 2);
}
