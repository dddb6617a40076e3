import { expect, test } from 'vitest';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import type { Microphone } from './microphone.ts';
import { MAX_RECORDING_MS, startRecording } from './recording.ts';

/** A MediaRecorder that hands over a piece when it is asked, and at its end. */
class FakeRecorder extends EventTarget {
  static isTypeSupported = (type: string) => type === 'audio/webm;codecs=opus';
  static last: FakeRecorder;
  state = 'inactive';
  options: MediaRecorderOptions;
  mimeType: string;
  constructor(_: MediaStream, options: MediaRecorderOptions) {
    super();
    this.options = options;
    this.mimeType = options.mimeType ?? '';
    FakeRecorder.last = this;
  }
  start() {
    this.state = 'recording';
  }
  pause() {
    this.state = 'paused';
  }
  resume() {
    this.state = 'recording';
  }
  requestData() {
    const event = Object.assign(new Event('dataavailable'), { data: new Blob(['x']) });
    queueMicrotask(() => this.dispatchEvent(event));
  }
  stop() {
    this.state = 'inactive';
    this.requestData();
    queueMicrotask(() => this.dispatchEvent(new Event('stop')));
  }
}

class FakeTrack extends EventTarget {
  isStopped = false;
  stop() {
    this.isStopped = true;
  }
}

async function record(more: Partial<Microphone> = {}) {
  const time = fakeClock();
  const track = new FakeTrack();
  let level = 0.5;
  let constraints: MediaStreamConstraints | undefined;
  const microphone: Microphone = {
    isSecure: true,
    isWebKit: false,
    devices: {
      getUserMedia: async (asked) => {
        constraints = asked;
        return { getTracks: () => [track] } as unknown as MediaStream;
      },
    },
    Recorder: FakeRecorder as unknown as NonNullable<Microphone['Recorder']>,
    meter: () => ({ level: () => level, close: () => undefined }),
    ...more,
  };
  const recording = await startRecording(microphone, time.clock, () => undefined);
  const setLevel = (next: number) => {
    level = next;
  };
  return { ...time, recording, track, setLevel, recorder: FakeRecorder.last, asked: () => constraints };
}

test('a recording is mono Opus of at most 24 kb/s, and has the measured duration and waveform', async () => {
  const { recording, recorder, asked, pass, setLevel, track } = await record();
  expect(recorder.options).toEqual({ mimeType: 'audio/webm;codecs=opus', audioBitsPerSecond: 24_000 });
  expect(asked()?.audio).toMatchObject({ channelCount: 1, noiseSuppression: true });
  await pass(3_200);
  setLevel(0.02);
  await pass(3_200);
  const { blob, type, durationMs, waveform } = await recording.stop();
  expect([type, blob.type, blob.size > 0, durationMs]).toEqual(['audio/webm', 'audio/webm', true, 6_400]);
  expect(waveform).toMatch(/^f{31,33}3{31,33}$/);
  expect(track.isStopped).toBe(true);
});

test('the time of a pause is not part of a recording', async () => {
  const { recording, pass } = await record();
  await pass(1_000);
  recording.pause();
  await pass(60_000);
  expect(recording.state()).toBe('paused');
  recording.resume();
  await pass(500);
  expect((await recording.stop()).durationMs).toBe(1_500);
});

test('a paused recording can be listened to and goes on afterwards', async () => {
  const { recording, pass, track } = await record();
  await pass(1_000);
  recording.pause();
  const heard = await recording.snapshot();
  expect(heard).toMatchObject({ durationMs: 1_000, type: 'audio/webm' });
  expect([track.isStopped, recording.state()]).toEqual([false, 'paused']);
  recording.resume();
  await pass(1_000);
  const whole = await recording.stop();
  expect(whole.durationMs).toBe(2_000);
  expect(whole.blob.size).toBeGreaterThan(heard.blob.size);
});

test('a recording ends at ten minutes, gives the microphone back and is kept', async () => {
  const { recording, pass, track } = await record();
  await pass(MAX_RECORDING_MS + 5_000);
  expect([recording.state(), recording.lostMicrophone(), track.isStopped]).toEqual(['ended', false, true]);
  expect((await recording.snapshot()).durationMs).toBe(MAX_RECORDING_MS);
});

test('a recording whose microphone is taken away ends and is kept', async () => {
  const { recording, pass, track } = await record();
  await pass(2_000);
  track.dispatchEvent(new Event('ended'));
  await pass(5_000);
  expect([recording.state(), recording.lostMicrophone()]).toEqual(['ended', true]);
  expect(await recording.snapshot()).toMatchObject({ durationMs: 2_000 });
});

test('a recording pauses when a call silences the microphone', async () => {
  const { recording, pass, track } = await record();
  await pass(2_000);
  track.dispatchEvent(new Event('mute'));
  expect(recording.state()).toBe('paused');
});

test('a cancelled recording gives the microphone back and has no content', async () => {
  const { recording, pass, track } = await record();
  await pass(2_000);
  recording.cancel();
  expect(track.isStopped).toBe(true);
  await pass(0);
  expect(recording.state()).toBe('ended');
});

test('a browser that cannot record gives the microphone back', async () => {
  const track = new FakeTrack();
  const devices = {
    getUserMedia: async () => ({ getTracks: () => [track] }) as unknown as MediaStream,
  };
  class Refusing {
    static isTypeSupported = () => false;
    constructor() {
      throw new DOMException('no', 'NotSupportedError');
    }
  }
  const Recorder = Refusing as unknown as NonNullable<Microphone['Recorder']>;
  await expect(record({ devices, Recorder })).rejects.toThrow('no');
  expect(track.isStopped).toBe(true);
});
