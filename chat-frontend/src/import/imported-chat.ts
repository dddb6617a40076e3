import { isBlank } from '../blank.ts';

/** The app that an export comes from. */
export type Source = 'whatsapp' | 'telegram';

/** One message of an export, or a line of the app itself, which has no name. Times are epoch milliseconds. */
export type ParsedRow = {
  at: number;
  name?: string;
  text: string;
  /** The name of its file, as the export has it. */
  file?: string;
  /** The number of an earlier row that it answers. */
  replyTo?: number;
};

/** Something of an export that could not be read; lines count from 1, and are those of the text file. */
export type Problem = { line: number; text: string };

export type DateOrder = 'dmy' | 'mdy' | 'ymd';
/** Each possible reading of the dates of an export; the first is the likeliest. `example` is as it is written. */
export type DateReading = { orders: DateOrder[]; example: string };

/** A chat of an export. */
export type ParsedChat = {
  source: Source;
  title: string;
  rows: ParsedRow[];
  problems: Problem[];
  /** All problems; `problems` has the first of them. */
  problemCount: number;
  /** Files that the export says it left out. */
  leftOut: number;
  /** Only where dates can be read in several ways. */
  dates?: DateReading;
};

export const MAX_PROBLEMS = 50;
/** What the box takes as the text of one message, in code points. */
const MAX_TEXT = 4_000;
/** The page works at most about this long between two pauses: a press is answered at once, and progress is painted. */
const MAX_WORK_MS = 24;

/**
 * A text in pieces that the box takes as messages: broken at a line or space where there is one, without characters that are
 * none, and without pieces that show nothing.
 */
export function piecesOf(raw: string): string[] {
  const text = raw.replace(/\p{Cs}/gu, '\ufffd').replaceAll('\0', '');
  return split(text).filter((piece) => !isBlank(piece));
}

function split(text: string): string[] {
  if (text.length <= MAX_TEXT) return [text];
  const pieces: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + MAX_TEXT);
    if (end < text.length) {
      const part = text.slice(start, end);
      const cut = Math.max(part.lastIndexOf('\n'), part.lastIndexOf(' '));
      if (cut > MAX_TEXT / 2) end = start + cut + 1;
      else if (/[\uD800-\uDBFF]/.test(text[end - 1] ?? '')) end -= 1;
    }
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

/** Lets the page answer presses and paint, if it is time to. Rejects with the reason of a signal that aborted. */
export type Pause = () => Promise<void> | undefined;

export function createPauses(signal?: AbortSignal): Pause {
  let since = performance.now();
  return () => {
    if (performance.now() - since < MAX_WORK_MS) return undefined;
    return nextTask().then(() => {
      since = performance.now();
      signal?.throwIfAborted();
    });
  };
}

/** A message, since a timer of a page in the background waits a second. */
const nextTask = () =>
  new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
