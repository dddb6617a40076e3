import type { Clock } from '../clock.ts';
import type { KeyValueStore } from '../key-value-store.ts';

const KEY = 'bisik.sound';
const MIN_INTERVAL_MS = 3_000;
/** In hertz; each lasts `TONE_S` seconds. */
const TONES = [659.3, 880];
const TONE_S = 0.16;
const LOUDNESS = 0.06;

type Deps = { keyValueStore: KeyValueStore; clock: Clock; open?: () => AudioContext };
/** Two soft tones for a new message, synthesized by Web Audio; on unless switched off in this browser. */
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
    /** At most once in three seconds. Before the first user gesture the browser allows no sound. */
    async play(): Promise<void> {
      if (!isOn() || Math.abs(clock.now() - playedAt) < MIN_INTERVAL_MS) return;
      playedAt = clock.now();
      context ??= open();
      if (context.state === 'suspended') await context.resume();
      for (const [index, hertz] of TONES.entries())
        playTone(context, hertz, context.currentTime + index * TONE_S);
    },
  };
}

function playTone(context: AudioContext, hertz: number, from: number): void {
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
