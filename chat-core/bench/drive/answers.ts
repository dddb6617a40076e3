const HEAD_END = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);
const ZERO = 48;

/** One HTTP answer. `head` and `body` lie in memory that is used again: read them before returning. */
export type Take = (status: number, body: Buffer, head: Buffer) => void;

/**
 * Reads HTTP/1.1 answers from the bytes of one connection, however they are cut, and gives each to `take`.
 * Knows Content-Length alone, which is all that the servers measured here send. @throws Error for a chunked answer
 */
export function openAnswers(take: Take): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  return (chunk) => {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    while (at < bytes.length) {
      const end = bytes.indexOf(HEAD_END, at);
      if (end < 0) break;
      const status = statusAt(bytes, at);
      const from = end + HEAD_END.length;
      const head = bytes.subarray(at, end + 2);
      const to = from + (status === 204 || status === 304 ? 0 : lengthIn(head));
      if (bytes.length < to) break;
      take(status, from === to ? NOTHING : bytes.subarray(from, to), head);
      at = to;
    }
    rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
  };
}

/** The value of a header, undefined without it. */
export function headerOf(head: Buffer, name: string): string | undefined {
  return new RegExp(`\r\n${name}: *([^\r]*)\r\n`, 'i').exec(head.toString('latin1'))?.[1];
}

/** `HTTP/1.1 204 No Content`: three digits after the ninth byte. */
function statusAt(bytes: Buffer, at: number): number {
  const digit = (place: number) => (bytes[at + place] ?? ZERO) - ZERO;
  return digit(9) * 100 + digit(10) * 10 + digit(11);
}

function lengthIn(head: Buffer): number {
  const length = headerOf(head, 'content-length');
  if (length === undefined) throw new Error(`an answer without a length: ${head.toString('latin1', 0, 200)}`);
  return Number(length);
}
