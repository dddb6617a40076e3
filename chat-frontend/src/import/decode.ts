import type { Pause } from './imported-chat.ts';

const STEP_BYTES = 2 * 2 ** 20;

/**
 * The text of an export: UTF-8, or UTF-16 where it begins with its byte order mark, else Windows-1252, which takes any bytes.
 * Control characters that no message shows are left out, and line ends become line feeds. It is decoded in pauses; `onStep` gets the
 * bytes that are done. @throws the reason of the signal of `pause`
 */
export async function decodeText(
  blob: Blob,
  pause: Pause,
  onStep: (bytes: number) => void = () => undefined,
): Promise<string> {
  const [a, b] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (a === 0xff && b === 0xfe) return decodeAs('utf-16le', blob, pause, onStep);
  if (a === 0xfe && b === 0xff) return decodeAs('utf-16be', blob, pause, onStep);
  try {
    return await decodeAs('utf-8', blob, pause, onStep);
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    return decodeAs('windows-1252', blob, pause, onStep);
  }
}

/** @throws TypeError for bytes that are no UTF-8, and what `pause` throws */
async function decodeAs(
  encoding: string,
  blob: Blob,
  pause: Pause,
  onStep: (bytes: number) => void,
): Promise<string> {
  const decoder = new TextDecoder(encoding, { fatal: encoding === 'utf-8' });
  let text = '';
  /** A carriage return at the end of a step may belong to the line feed of the next. */
  let rest = '';
  for (let at = 0; at < blob.size; at += STEP_BYTES) {
    const bytes = await blob.slice(at, at + STEP_BYTES).arrayBuffer();
    const part = rest + decoder.decode(bytes, { stream: at + STEP_BYTES < blob.size });
    rest = part.endsWith('\r') ? '\r' : '';
    text += normalized(rest ? part.slice(0, -1) : part);
    onStep(Math.min(at + STEP_BYTES, blob.size));
    await pause();
  }
  return text + normalized(rest);
}

const normalized = (text: string): string => text.replace(/\r\n?/g, '\n').replace(/\0/g, '');
