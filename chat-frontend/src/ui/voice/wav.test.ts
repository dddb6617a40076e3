import { expect, test } from 'vitest';
import { encodeWav } from './wav.ts';

test('samples become a RIFF file with one channel of 16-bit PCM, and louder ones than possible are cut', async () => {
  const blob = encodeWav(Float32Array.of(0, 1, -1, 7), 16_000);
  const view = new DataView(await blob.arrayBuffer());
  const text = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(at + index)));
  expect([text(0), text(8), text(12), text(36)]).toEqual(['RIFF', 'WAVE', 'fmt ', 'data']);
  expect([view.getUint32(4, true), view.getUint32(40, true), blob.size]).toEqual([44, 8, 52]);
  expect([view.getUint16(22, true), view.getUint32(24, true), view.getUint32(28, true)]).toEqual([
    1, 16_000, 32_000,
  ]);
  expect([44, 46, 48, 50].map((at) => view.getInt16(at, true))).toEqual([0, 32_767, -32_767, 32_767]);
});
