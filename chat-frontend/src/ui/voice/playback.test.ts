import { expect, test } from 'vitest';
import { memoryKeyValueStore } from '../../key-value-store.ts';
import { createPlayback, type Voice } from './playback.ts';

/** A media element that plays what `plays` accepts, from where it is set. */
class FakeAudio extends EventTarget {
  src = '';
  currentTime = 0;
  playbackRate = 1;
  defaultPlaybackRate = 1;
  paused = true;
  refusal: string | undefined;
  plays = (_type: string) => true;
  load() {
    this.currentTime = 0;
  }
  async play() {
    if (this.refusal) throw new DOMException('', this.refusal);
    if (!this.plays(this.src)) throw new DOMException('', 'NotSupportedError');
    this.paused = false;
    this.dispatchEvent(new Event('playing'));
  }
  pause() {
    if (this.paused) return;
    this.paused = true;
    this.dispatchEvent(new Event('pause'));
  }
  removeAttribute() {
    this.src = '';
  }
}

function open() {
  const audio = new FakeAudio();
  const store = memoryKeyValueStore();
  const log: string[] = [];
  const shown = new Set(['a', 'b', 'slow']);
  const playback = createPlayback({
    audio: audio as unknown as HTMLAudioElement,
    store: { ...store, setItem: (key, value) => void store.setItem(key, value) },
    urls: { createObjectURL: (blob) => (blob as Blob).type, revokeObjectURL: () => undefined },
    toWav: async () => new Blob(['wav'], { type: 'audio/wav' }),
    claim: () => log.push('claim'),
    onChange: () => undefined,
    isShown: (id) => shown.has(id),
  });
  const voice = (id: string, more: Partial<Voice> = {}): Voice => {
    const load = async () => {
      log.push(`load ${id}`);
      return new Blob([id], { type: 'audio/webm' });
    };
    return {
      id,
      durationMs: 10_000,
      load,
      onPlay: () => log.push(`play ${id}`),
      onError: (thrown) => log.push(`error ${thrown}`),
      ...more,
    };
  };
  const stateOf = (one: Voice) => playback.progress(one).state;
  const settle = () => new Promise<void>((done) => setImmediate(done));
  const fire = (type: string) => audio.dispatchEvent(new Event(type));
  return { audio, playback, voice, stateOf, settle, fire, log, store, shown };
}

test('a voice message plays, pauses, and goes on where it was', async () => {
  const { audio, playback, voice, stateOf, settle, log } = open();
  const a = voice('a');
  playback.toggle(a);
  expect(stateOf(a)).toBe('loading');
  await settle();
  expect([stateOf(a), ...log]).toEqual(['playing', 'load a', 'claim', 'play a']);
  audio.currentTime = 4;
  playback.toggle(a);
  expect(playback.progress(a)).toMatchObject({ state: 'paused', atMs: 4_000 });
  playback.toggle(a);
  await settle();
  expect(playback.progress(a)).toMatchObject({ state: 'playing', atMs: 4_000 });
});

test('only one voice message plays at a time, and the first goes on later where it was, without loading again', async () => {
  const { audio, playback, voice, stateOf, settle, log } = open();
  const [a, b] = [voice('a'), voice('b')];
  playback.toggle(a);
  await settle();
  audio.currentTime = 4;
  playback.toggle(b);
  await settle();
  expect([stateOf(a), stateOf(b), playback.progress(a).atMs]).toEqual(['idle', 'playing', 4_000]);
  playback.toggle(a);
  await settle();
  expect([stateOf(a), stateOf(b), audio.currentTime]).toEqual(['playing', 'idle', 4]);
  expect(log.filter((line) => line === 'load a')).toHaveLength(1);
});

test('a message that is still loading does not play once another was chosen', async () => {
  const { playback, voice, stateOf, settle, log } = open();
  let arrive: (blob: Blob) => void = () => undefined;
  const slow = voice('slow', { load: () => new Promise((done) => (arrive = done)) });
  const b = voice('b');
  playback.toggle(slow);
  playback.toggle(b);
  await settle();
  arrive(new Blob(['late'], { type: 'audio/webm' }));
  await settle();
  expect([stateOf(slow), stateOf(b)]).toEqual(['idle', 'playing']);
  expect(log).not.toContain('play slow');
});

test('the next voice message plays on when one ends, and the ended one begins anew', async () => {
  const { audio, playback, voice, stateOf, settle, fire } = open();
  const b = voice('b');
  const a = voice('a', { next: () => b });
  playback.toggle(a);
  await settle();
  audio.currentTime = 10;
  fire('ended');
  await settle();
  expect([stateOf(a), stateOf(b), playback.progress(a).atMs]).toEqual(['idle', 'playing', 0]);
  fire('ended');
  await settle();
  expect(stateOf(b)).toBe('idle');
});

test('a seek before the first play decides where it begins, and never leaves the message', async () => {
  const { audio, playback, voice, settle } = open();
  const a = voice('a');
  playback.seek(a, 6_000);
  expect(playback.progress(a).atMs).toBe(6_000);
  playback.toggle(a);
  await settle();
  expect(audio.currentTime).toBe(6);
  playback.seek(a, 99_000);
  expect(playback.progress(a).atMs).toBe(10_000);
  playback.seek(a, -5);
  expect(playback.progress(a).atMs).toBe(0);
});

test('the speed is remembered and holds for the next message', async () => {
  const { audio, playback, voice, settle, store } = open();
  const a = voice('a');
  playback.nextSpeed();
  expect(playback.progress(a).speed).toBe(1.5);
  playback.toggle(a);
  await settle();
  expect(audio.playbackRate).toBe(1.5);
  playback.nextSpeed();
  expect([audio.playbackRate, store.getItem('bisik.voiceSpeed')]).toEqual([2, '2']);
  playback.nextSpeed();
  expect(playback.progress(a).speed).toBe(1);
});

test('what the media element cannot play is decoded by Web Audio and played as WAV', async () => {
  const { audio, playback, voice, stateOf, settle } = open();
  audio.plays = (type) => type === 'audio/wav';
  const a = voice('a');
  playback.toggle(a);
  await settle();
  expect([stateOf(a), audio.src]).toEqual(['playing', 'audio/wav']);
});

test('a message that nothing here can play says so, and another press tries again', async () => {
  const { audio, playback, voice, stateOf, settle, log } = open();
  audio.plays = () => false;
  const a = voice('a');
  playback.toggle(a);
  await settle();
  expect(stateOf(a)).toBe('unplayable');
  expect(log).not.toContain('play a');
  audio.plays = () => true;
  playback.toggle(a);
  await settle();
  expect(stateOf(a)).toBe('playing');
});

test('a browser that wants a press before it plays gets a play button again, not an error', async () => {
  const { audio, playback, voice, stateOf, settle, log } = open();
  audio.refusal = 'NotAllowedError';
  const a = voice('a');
  playback.toggle(a);
  await settle();
  expect(stateOf(a)).toBe('paused');
  audio.refusal = undefined;
  playback.toggle(a);
  await settle();
  expect(stateOf(a)).toBe('playing');
  expect(log.join()).not.toContain('error');
});

test('a message that cannot be loaded is reported and can be played later', async () => {
  const { playback, voice, stateOf, settle, log } = open();
  const offline = voice('a', { load: () => Promise.reject(new Error('offline')) });
  playback.toggle(offline);
  await settle();
  expect([stateOf(offline), log.at(-1)]).toEqual(['idle', 'error Error: offline']);
  playback.toggle(voice('a'));
  await settle();
  expect(stateOf(offline)).toBe('playing');
});

test('a recording or another tab silences what plays', async () => {
  const { playback, voice, stateOf, settle } = open();
  const a = voice('a');
  playback.toggle(a);
  await settle();
  playback.silence();
  expect(stateOf(a)).toBe('paused');
});

test('a message stops once nothing shows it any more', async () => {
  const { audio, playback, voice, stateOf, settle, fire, shown } = open();
  const a = voice('a');
  playback.toggle(a);
  await settle();
  fire('timeupdate');
  expect(stateOf(a)).toBe('playing');
  shown.delete('a');
  audio.currentTime = 3;
  fire('timeupdate');
  expect([stateOf(a), audio.paused, playback.progress(a).atMs]).toEqual(['idle', true, 3_000]);
});
