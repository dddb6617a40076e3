/** Why no recording can start here. */
export type MicrophoneError = 'insecure' | 'unsupported' | 'refused' | 'missing' | 'busy' | 'failed';

/** What a recording needs of the browser. */
export type Microphone = {
  isSecure: boolean;
  devices: Pick<MediaDevices, 'getUserMedia'> | undefined;
  Recorder: (Pick<typeof MediaRecorder, 'isTypeSupported'> & typeof MediaRecorder) | undefined;
  /** The engine of Safari. */
  isWebKit: boolean;
  /** Measures the level of a stream, 0 to 1. */
  meter: (stream: MediaStream) => { level(): number; close(): void };
};
type Format = { mimeType: string; audioBitsPerSecond: number };

const WEBM: Format = { mimeType: 'audio/webm;codecs=opus', audioBitsPerSecond: 24_000 };
const OGG: Format = { mimeType: 'audio/ogg;codecs=opus', audioBitsPerSecond: 24_000 };
/** AAC, which sounds worse at the same rate. */
const MP4: Format = { mimeType: 'audio/mp4', audioBitsPerSecond: 32_000 };

/** The microphone of this browser. */
export function browserMicrophone(): Microphone {
  return {
    isSecure: isSecureContext,
    devices: navigator.mediaDevices as MediaDevices | undefined,
    Recorder: (globalThis as Partial<typeof globalThis>).MediaRecorder,
    isWebKit: navigator.vendor.startsWith('Apple'),
    meter: measureLevel,
  };
}

/** Why this browser cannot record at all, if it cannot. getUserMedia exists in secure contexts only. */
export function unavailable({ isSecure, devices, Recorder }: Microphone): MicrophoneError | undefined {
  if (!isSecure) return 'insecure';
  return devices && Recorder ? undefined : 'unsupported';
}

/**
 * The format of a recording, chosen so that most browsers play it: Opus in WebM plays in Chromium, Firefox and Safari
 * from 17 (iOS: 17.4), Opus in Ogg only from Safari 18.4. Safari records AAC: its own WebM, since 18.4, does not play
 * everywhere, and older iPhones play nothing else. undefined leaves the choice to the browser.
 */
export function chooseFormat({ Recorder, isWebKit }: Microphone): Format | undefined {
  const formats = isWebKit ? [MP4, WEBM, OGG] : [WEBM, OGG, MP4];
  return formats.find(({ mimeType }) => Recorder?.isTypeSupported(mimeType));
}

/** Asks for the microphone: one channel, without the noise around. Rejects with the error of getUserMedia. */
export function openMicrophone({ devices }: Microphone): Promise<MediaStream> {
  if (!devices) return Promise.reject(new Error('no media devices'));
  return devices.getUserMedia({
    audio: { channelCount: 1, noiseSuppression: true, echoCancellation: true, autoGainControl: true },
  });
}

/** What an error of getUserMedia or of a MediaRecorder means (Media Capture and Streams §10.3.3). */
export function microphoneError(thrown: unknown): MicrophoneError {
  switch (thrown instanceof Error ? thrown.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'refused';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    // WebKitGTK has a MediaRecorder that records nothing.
    case 'NotSupportedError':
      return 'unsupported';
    default:
      return 'failed';
  }
}

/** The level of a stream by Web Audio; a browser that refuses it still records, with a flat waveform. */
function measureLevel(stream: MediaStream): { level(): number; close(): void } {
  try {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    // A context that was not created by a press may be suspended.
    context.resume().catch(() => undefined);
    return {
      level() {
        analyser.getFloatTimeDomainData(samples);
        return Math.min(1, Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length));
      },
      close: () => void context.close().catch(() => undefined),
    };
  } catch {
    return { level: () => 0, close: () => undefined };
  }
}
