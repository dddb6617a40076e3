import { expect, test } from 'vitest';
import { chooseFormat, type Microphone, microphoneError, unavailable } from './microphone.ts';

function microphone(types: readonly string[], more: Partial<Microphone> = {}): Microphone {
  const Recorder = { isTypeSupported: (type: string) => types.includes(type) };
  return {
    isSecure: true,
    isWebKit: false,
    devices: { getUserMedia: () => Promise.reject(new Error('unused')) },
    Recorder: Recorder as NonNullable<Microphone['Recorder']>,
    meter: () => ({ level: () => 0, close: () => undefined }),
    ...more,
  };
}

const [webm, ogg, mp4] = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'];

test.each([
  ['Chromium', [webm, mp4], false, webm],
  ['Firefox', [ogg, webm], false, webm],
  ['an old Firefox', [ogg], false, ogg],
  ['Safari before 18.4', [mp4], true, mp4],
  ['Safari from 18.4 on', [mp4, webm], true, mp4],
])('%s records in the format that most browsers play', (_, types, isWebKit, chosen) => {
  expect(chooseFormat(microphone(types, { isWebKit }))?.mimeType).toBe(chosen);
});

test('a browser that knows none of the formats records in its own', () => {
  expect(chooseFormat(microphone([]))).toBeUndefined();
});

test('a page on plain http and a browser without MediaRecorder give different reasons', () => {
  expect(unavailable(microphone([webm]))).toBeUndefined();
  expect(unavailable(microphone([webm], { isSecure: false, devices: undefined }))).toBe('insecure');
  expect(unavailable(microphone([webm], { Recorder: undefined }))).toBe('unsupported');
  expect(unavailable(microphone([webm], { devices: undefined }))).toBe('unsupported');
});

test.each([
  ['NotAllowedError', 'refused'],
  ['SecurityError', 'refused'],
  ['NotFoundError', 'missing'],
  ['NotReadableError', 'busy'],
  ['NotSupportedError', 'unsupported'],
  ['TypeError', 'failed'],
])('%s of the browser is named %s', (name, error) => {
  expect(microphoneError(new DOMException('', name))).toBe(error);
});
