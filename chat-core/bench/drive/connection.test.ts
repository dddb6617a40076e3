import fc from 'fast-check';
import { expect, it } from 'vitest';
import { headerOf, responseParser } from './connection.ts';

const EMPTY = 'HTTP/1.1 204 No Content\r\nPoll-After-Ms: 4000\r\n\r\n';
const WHOLE = 'HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{"a":"\r\n\r\nHTTP"}';
const REFUSAL = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}';

function read(pieces: Buffer[]): [number, string, string | undefined][] {
  const found: [number, string, string | undefined][] = [];
  const push = responseParser((status, body, head) => {
    found.push([status, body.toString(), headerOf(head, 'poll-after-ms')]);
  });
  // Every piece in the same memory, as a socket reads.
  const memory = Buffer.alloc(1024);
  for (const piece of pieces) {
    piece.copy(memory);
    push(memory.subarray(0, piece.length));
  }
  return found;
}

it('responses are parsed the same, however their bytes are split', () => {
  const bytes = Buffer.from(EMPTY + WHOLE + REFUSAL + EMPTY);
  const whole = read([bytes]);
  expect(whole).toEqual([
    [204, '', '4000'],
    [200, '{"a":"\r\n\r\nHTTP"}', undefined],
    [503, '{}', undefined],
    [204, '', '4000'],
  ]);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const offsets = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      expect(read(offsets.slice(1).map((to, n) => bytes.subarray(offsets[n], to)))).toEqual(whole);
    }),
  );
});

it('a response without a length is refused', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n';
  expect(() => read([Buffer.from(chunked)])).toThrow(/without a length/);
});
