import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRefusalDelays } from './refusal-delays.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function refusals() {
  const delays = createRefusalDelays(() => Date.now());
  const calls: string[] = [];
  const request = { socket: { pause: () => calls.push('paused'), resume: () => calls.push('resumed') } };
  return {
    calls,
    refuse: (key: string, count = 1) => {
      for (let n = 0; n < count; n++) delays.answer(key, request, () => calls.push(key));
    },
  };
}

test('sixty refusals in ten seconds are answered at once, the next one a second later on a stopped socket', () => {
  const { calls, refuse } = refusals();
  refuse('sari', 60);
  expect(calls).toEqual(Array(60).fill('sari'));
  calls.length = 0;
  refuse('sari');
  vi.advanceTimersByTime(999);
  expect(calls).toEqual(['paused']);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual(['paused', 'sari', 'resumed']);
});

test('the refusals of one delay nothing of another, and are forgotten after ten seconds', () => {
  const { calls, refuse } = refusals();
  refuse('sari', 61);
  calls.length = 0;
  refuse('budi');
  expect(calls).toEqual(['budi']);
  vi.advanceTimersByTime(10_000);
  calls.length = 0;
  refuse('sari');
  expect(calls).toEqual(['sari']);
});

test('no more than 1,024 answers wait', () => {
  const { calls, refuse } = refusals();
  refuse('sari', 60 + 1024);
  calls.length = 0;
  refuse('sari');
  expect(calls).toEqual(['sari']);
  vi.advanceTimersByTime(1000);
  calls.length = 0;
  refuse('sari');
  expect(calls).toEqual(['paused']);
});
