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
/** Rows that are worked through between two pauses, so that the page answers meanwhile. */
const ROWS_PER_PAUSE = 2_000;

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

/** Waits a moment each ROWS_PER_PAUSE calls, so that presses and painting come through. */
export function createPauses(signal?: AbortSignal): () => Promise<void> | undefined {
  let n = 0;
  return () => {
    n += 1;
    if (n % ROWS_PER_PAUSE !== 0) return undefined;
    return new Promise((resolve) => setTimeout(resolve, 0)).then(() => signal?.throwIfAborted());
  };
}
