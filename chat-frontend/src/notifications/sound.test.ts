import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { memoryKeyValueStore } from '../key-value-store.ts';
import { createSound } from './sound.ts';

/** An audio context that counts its tones. */
function card(state: AudioContextState = 'running') {
  const heard = { notes: 0, resumed: 0 };
  const param = {
    value: 0,
    setValueAtTime() {},
    linearRampToValueAtTime() {},
    exponentialRampToValueAtTime() {},
  };
  const node = { connect: (next: unknown) => next };
  const context = {
    state,
    currentTime: 0,
    destination: {},
    async resume() {
      heard.resumed += 1;
    },
    createGain: () => ({ ...node, gain: param }),
    createOscillator: () => ({
      ...node,
      frequency: param,
      start() {
        heard.notes += 1;
      },
      stop() {},
    }),
  };
  const { clock, pass } = fakeClock();
  const sound = createSound({
    keyValueStore: memoryKeyValueStore(),
    clock,
    open: () => context as unknown as AudioContext,
  });
  return { sound, heard, pass };
}

test('the sound has two tones and plays at most once in three seconds', async () => {
  const { sound, heard, pass } = card();
  await sound.play();
  await sound.play();
  await pass(2_999);
  await sound.play();
  expect(heard.notes).toBe(2);
  await pass(1);
  await sound.play();
  expect(heard.notes).toBe(4);
});

test('the sound is on until it is switched off in this browser', async () => {
  const { sound, heard } = card();
  expect(sound.isOn()).toBe(true);
  sound.set(false);
  await sound.play();
  expect([sound.isOn(), heard.notes]).toEqual([false, 0]);
  sound.set(true);
  await sound.play();
  expect(heard.notes).toBe(2);
});

test('a suspended audio context is resumed', async () => {
  const { sound, heard } = card('suspended');
  await sound.play();
  expect(heard).toEqual({ notes: 2, resumed: 1 });
});
