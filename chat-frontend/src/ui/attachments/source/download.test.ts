import { expect, test } from 'vitest';
import { fakeClock } from '../../../../test/support/fake-clock.ts';
import { ApiError } from '../../../api/api-error.ts';
import { download } from './download.ts';

const ref = { conversationId: 'c', seq: 1, attachmentId: 'f' };
const CONTENT = 'the content of a file';

/** The server's answer from a byte on; `cutAfter` bytes the connection is lost. */
function answer(
  from: number,
  { cutAfter = Number.POSITIVE_INFINITY, status = from > 0 ? 206 : 200, type = 'image/png' } = {},
) {
  const bytes = new TextEncoder().encode(CONTENT.slice(status === 206 ? from : 0));
  let pulls = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls += 1;
      if (pulls === 1) controller.enqueue(bytes.slice(0, cutAfter));
      else if (cutAfter >= bytes.length) controller.close();
      else controller.error(new TypeError('network error'));
    },
  });
  return new Response(body, { status, headers: { 'Content-Type': type } });
}

/** A download whose attempts are answered by `answers`, in order. */
function begin(answers: ((from: number, signal: AbortSignal) => Response | Promise<Response>)[]) {
  const fake = fakeClock();
  const asked: number[] = [];
  const progress: number[] = [];
  const stop = new AbortController();
  const api = {
    async content(_: unknown, signal: AbortSignal, from = 0) {
      asked.push(from);
      const next = answers.shift();
      if (!next) throw new ApiError('NOT_FOUND', 404);
      return next(from, signal);
    },
  };
  const result = download(
    { api, clock: fake.clock },
    ref,
    CONTENT.length,
    (bytes) => progress.push(bytes),
    stop.signal,
  );
  result.catch(() => undefined);
  return { ...fake, result, asked, progress, stop };
}

test('a download that is cut continues at the byte where it stopped', async () => {
  const { result, asked, progress, pass } = begin([
    (from) => answer(from, { cutAfter: 5 }),
    (from) => answer(from, { cutAfter: 7 }),
    (from) => answer(from),
  ]);
  await pass(60_000);
  const blob = await result;
  expect([await blob.text(), blob.type]).toEqual([CONTENT, 'image/png']);
  expect(asked).toEqual([0, 5, 12]);
  expect(progress.at(-1)).toBe(CONTENT.length);
});

test('a server that answers a part with the whole file starts the download over', async () => {
  const { result, pass } = begin([
    (from) => answer(from, { cutAfter: 5 }),
    (from) => answer(from, { status: 200 }),
  ]);
  await pass(60_000);
  expect(await (await result).text()).toBe(CONTENT);
});

test('a download that brings nothing for half a minute is begun anew where it stopped', async () => {
  const stalled = (from: number, signal: AbortSignal) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(CONTENT.slice(from, from + 5)));
        signal.addEventListener('abort', () => controller.error(new DOMException('', 'AbortError')));
      },
    });
    return new Response(body, { status: 200 });
  };
  const { result, asked, pass } = begin([stalled, (from) => answer(from)]);
  await pass(29_000);
  expect(asked).toEqual([0]);
  await pass(60_000);
  expect(await (await result).text()).toBe(CONTENT);
  expect(asked).toEqual([0, 5]);
});

test('a file that is gone is not asked for again, and an overloaded server is asked five times more', async () => {
  const gone = begin([]);
  await expect(gone.result).rejects.toThrow('NOT_FOUND');
  expect(gone.asked).toHaveLength(1);
  const busy = () => Promise.reject(new ApiError('OVERLOADED', 503));
  const overloaded = begin(Array.from({ length: 9 }, () => busy));
  for (let minutes = 0; minutes < 5; minutes++) await overloaded.pass(60_000);
  await expect(overloaded.result).rejects.toThrow('OVERLOADED');
  expect(overloaded.asked).toHaveLength(6);
});

test('a download that is aborted while it waits ends at once and asks no more', async () => {
  const { result, asked, stop, pass } = begin([
    (from) => answer(from, { cutAfter: 5 }),
    (from) => answer(from),
  ]);
  await pass(1);
  stop.abort();
  await expect(result).rejects.toThrow();
  await pass(60_000);
  expect(asked).toEqual([0]);
});

test.each(['text/html', 'image/svg+xml', 'application/pdf', ''])(
  'content of the type “%s” becomes bytes of no type',
  async (type) => {
    const { result } = begin([(from) => answer(from, { type })]);
    expect((await result).type).toBe('application/octet-stream');
  },
);
