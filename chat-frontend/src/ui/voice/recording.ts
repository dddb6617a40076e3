import type { Cancel, Clock } from '../../clock.ts';
import { newId } from '../../ids.ts';
import type { NewFile } from '../../outbox/uploads.lazy.ts';
import { chooseFormat, type Microphone, openMicrophone } from './microphone.ts';
import { toWaveform } from './waveform.ts';

/** A recording stops here and is kept. */
export const MAX_RECORDING_MS = 10 * 60_000;
/** Levels are measured, and changes reported, at this distance. */
const LEVEL_MS = 50;
/** The browser hands over what it has recorded at this distance, so that a crash of its encoder loses little. */
const PIECE_MS = 1_000;
/** A browser that does not hand over its last piece, when asked. */
const PIECE_TIMEOUT_MS = 2_000;
const EXTENSIONS: Record<string, string> = { 'audio/mp4': 'm4a', 'audio/ogg': 'ogg' };

/** A recorded voice message. `type` is a media type without parameters. */
export type VoiceRecording = { blob: Blob; type: string; durationMs: number; waveform: string };
export type RecordingState = 'recording' | 'paused' | 'ended';
export type Recording = Awaited<ReturnType<typeof startRecording>>;

/** A recording as a file to send; `name` is without its ending. */
export function voiceFile({ blob, type, durationMs, waveform }: VoiceRecording, name: string): NewFile {
  const look = { voice: true as const, durationMs, waveform };
  const file = { id: newId(), name: `${name}.${EXTENSIONS[type] ?? 'webm'}`, type, size: blob.size };
  return { file: blob, pending: { ...file, look, stored: 0 } };
}

/** A recording of before, which is not continued. */
export function endedRecording(recorded: VoiceRecording): Recording {
  return {
    state: () => 'ended',
    lostMicrophone: () => false,
    elapsedMs: () => recorded.durationMs,
    level: () => 0,
    pause: () => undefined,
    resume: () => undefined,
    snapshot: async () => recorded,
    stop: async () => recorded,
    cancel: () => undefined,
  };
}

/**
 * Records from the microphone. `onChange` runs many times a second while it records, and at every change of its state:
 * it ends by `stop`, at ten minutes, and when the microphone is taken away, as by an incoming call; what was recorded is
 * kept. Rejects with the error of getUserMedia or MediaRecorder.
 */
export async function startRecording(microphone: Microphone, clock: Clock, onChange: () => void) {
  const { Recorder } = microphone;
  const stream = await openMicrophone(microphone);
  const release = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  let recorder: MediaRecorder;
  try {
    if (!Recorder) throw new Error('no MediaRecorder');
    recorder = new Recorder(stream, chooseFormat(microphone));
    recorder.start(PIECE_MS);
  } catch (thrown) {
    release();
    throw thrown;
  }

  const meter = microphone.meter(stream);
  const pieces: Blob[] = [];
  const levels: number[] = [];
  let state: RecordingState = 'recording';
  let lostMicrophone = false;
  let recordedMs = 0;
  let runningSince = clock.now();
  let cancelTick: Cancel | undefined;
  let onPiece: (() => void) | undefined;
  const ended = new Promise<void>((done) => recorder.addEventListener('stop', () => done(), { once: true }));

  recorder.addEventListener('dataavailable', ({ data }) => {
    if (data.size > 0) pieces.push(data);
    onPiece?.();
  });
  recorder.addEventListener('error', () => end(true));
  recorder.addEventListener('stop', () => end(true));
  for (const track of stream.getTracks()) {
    track.addEventListener('ended', () => end(true));
    // A call on a phone silences the track and may give it back.
    track.addEventListener('mute', pause);
  }

  const elapsedMs = () =>
    Math.min(MAX_RECORDING_MS, recordedMs + (state === 'recording' ? clock.now() - runningSince : 0));

  function tick(): void {
    const level = meter.level();
    // Timers of a hidden page run seldom: the level fills the time since the last one.
    while (levels.length * LEVEL_MS < elapsedMs()) levels.push(level);
    if (elapsedMs() >= MAX_RECORDING_MS) {
      end(false);
      return;
    }
    cancelTick = clock.after(LEVEL_MS, tick);
    onChange();
  }

  function halt(next: RecordingState): void {
    recordedMs = elapsedMs();
    state = next;
    cancelTick?.();
  }

  function end(isLost: boolean): void {
    if (state === 'ended') return;
    halt('ended');
    lostMicrophone = isLost;
    if (recorder.state !== 'inactive') recorder.stop();
    release();
    meter.close();
    onChange();
  }

  function pause(): void {
    if (state !== 'recording') return;
    halt('paused');
    recorder.pause();
    onChange();
  }

  /** What is recorded so far; the piece that the browser still holds is requested first. */
  async function collect(): Promise<VoiceRecording> {
    if (state === 'ended') await withinTime(ended);
    else {
      const piece = new Promise<void>((done) => {
        onPiece = done;
      });
      recorder.requestData();
      await withinTime(piece);
    }
    const [type = ''] = (recorder.mimeType || pieces[0]?.type || 'audio/webm').split(';');
    return {
      blob: new Blob(pieces, { type }),
      type,
      durationMs: Math.round(recordedMs),
      waveform: toWaveform(levels),
    };
  }

  const withinTime = (work: Promise<void>) =>
    Promise.race([work, new Promise<void>((done) => clock.after(PIECE_TIMEOUT_MS, done))]);

  tick();
  return {
    state: () => state,
    /** Whether the microphone was taken away. */
    lostMicrophone: () => lostMicrophone,
    elapsedMs,
    /** The level last measured, 0 to 1. */
    level: () => levels.at(-1) ?? 0,
    pause,
    resume(): void {
      if (state !== 'paused') return;
      recorder.resume();
      runningSince = clock.now();
      state = 'recording';
      tick();
    },
    /** What is recorded so far, of a recording that is paused or ended. */
    snapshot: collect,
    /** Ends the recording and gives the microphone back. */
    stop(): Promise<VoiceRecording> {
      end(false);
      return collect();
    },
    /** Ends the recording and drops it. */
    cancel(): void {
      end(false);
      pieces.length = 0;
    },
  };
}
