import { expect, it } from 'vitest';
import { hottest } from './profile.ts';

const node = (id: number, functionName: string, url = '', lineNumber = -1) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

it('functions are sorted by self time without idle time, and one called from two places counts once', () => {
  const profile = {
    nodes: [
      node(1, '(idle)'),
      node(2, 'seal', 'file:///x/chat-core/src/seal.ts', 9),
      node(3, 'parse', 'node:internal/http', 0),
      node(4, 'seal', 'file:///x/chat-core/src/seal.ts', 9),
    ],
    samples: [1, 2, 3, 4, 1],
    timeDeltas: [0, 1000, 30, 10, 60],
  };
  expect(hottest(profile, 10)).toEqual([
    { name: 'seal chat-core/src/seal.ts:10', share: 0.9 },
    { name: 'parse node:internal/http:1', share: 0.1 },
  ]);
  expect(hottest(profile, 1)).toHaveLength(1);
  const delayed = { ...profile, timeDeltas: [0, 1000, 5000, 10, 60] };
  expect(hottest(delayed, 10, 5)).toEqual([
    { name: 'seal chat-core/src/seal.ts:10', share: 60 / 70 },
    { name: 'parse node:internal/http:1', share: 10 / 70 },
  ]);
});
