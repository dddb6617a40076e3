/** Of a long message so much is shown at first (features §4.4); one that is hardly longer is shown whole. */
const SHOWN = { chars: 700, lines: 24 };
const MOST = { chars: 840, lines: 28 };
/** A word that is longer than this is cut within. */
const WORD_CHARS = 40;

/** The beginning of a long text, cut after a word and never within a character; undefined when all of it is shown. */
export function beginningOf(text: string): string | undefined {
  const end = Math.min(text.length > MOST.chars ? SHOWN.chars : text.length, endOfLines(text));
  if (end === text.length) return undefined;
  const from = Math.max(0, end - WORD_CHARS);
  const space = text.slice(from, end + 1).search(/\s\S*$/);
  return `${text.slice(0, space === -1 ? wholeUpTo(text, end) : from + space).trimEnd()}…`;
}

/** Where the lines end that are shown. */
function endOfLines(text: string): number {
  const lines = text.split('\n', MOST.lines + 1);
  return lines.length > MOST.lines ? lines.slice(0, SHOWN.lines).join('\n').length : text.length;
}

/** The last place up to there where no character is torn: one may be made of many code units. */
function wholeUpTo(text: string, at: number): number {
  const from = Math.max(0, at - WORD_CHARS);
  const around = text.slice(from, at + WORD_CHARS);
  const starts = [...new Intl.Segmenter().segment(around)].map(({ index }) => from + index);
  return starts.findLast((start) => start <= at && start > from) ?? at;
}
