import { setImmediate as nextIteration } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AcceptQueue, createAcceptQueue } from './accept-queue.ts';

let clock: number;
let queue: AcceptQueue;
let done: string[];
let [arrived, handled] = [0, 0];
const isQueued = () => handled < arrived;

beforeEach(() => {
  [clock, arrived, handled] = [0, 0, 0];
  queue = createAcceptQueue(() => clock);
  done = [];
});

afterEach(async () => {
  while (isQueued()) await nextIteration();
});

/** A request arrives that takes `ms` milliseconds to handle. */
function arrive(name: string, ms: number, isUrgent = false): void {
  arrived += 1;
  const work = () => {
    handled += 1;
    clock += ms;
    done.push(name);
  };
  if (queue.hasRoom()) work();
  else queue.enqueue(isUrgent, work);
}

describe('the accept queue', () => {
  it('requests are handled at once while the event-loop iteration has time left', () => {
    arrive('a', 1);
    arrive('b', 1);
    expect(done).toEqual(['a', 'b']);
    expect(isQueued()).toBe(false);
    expect(queue.load()).toBe(0);
  });

  it('requests are queued for the next iterations once one has used up its time', async () => {
    for (let n = 0; n < 10; n++) arrive(`${n}`, 2);
    expect(done).toEqual(['0', '1']);
    expect(isQueued()).toBe(true);
    await nextIteration();
    expect(done).toHaveLength(4);
    while (isQueued()) await nextIteration();
    expect(done).toEqual(Array.from({ length: 10 }, (_, n) => `${n}`));
  });

  it('urgent requests go first, each kind in the order of arrival', async () => {
    arrive('first', 4);
    for (const name of ['poll 1', 'poll 2']) arrive(name, 1);
    for (const name of ['send 1', 'send 2']) arrive(name, 1, true);
    while (isQueued()) await nextIteration();
    expect(done).toEqual(['first', 'send 1', 'send 2', 'poll 1', 'poll 2']);
  });

  it('a new request does not overtake queued ones', async () => {
    arrive('a', 4);
    arrive('b', 1);
    clock += 100;
    arrive('c', 1);
    expect(done).toEqual(['a']);
    while (isQueued()) await nextIteration();
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('other callbacks of the event loop run between two iterations of the queue', async () => {
    for (let n = 0; n < 6; n++) arrive('request', 4);
    setImmediate(() => done.push('other'));
    while (isQueued()) await nextIteration();
    expect(done.indexOf('other')).toBeLessThan(done.lastIndexOf('request'));
  });
});

describe('sockets of the accept queue', () => {
  const log: string[] = [];
  const socket = (name: string) => ({
    pause: () => log.push(`${name} paused`),
    resume: () => log.push(`${name} resumed`),
  });
  beforeEach(() => log.splice(0));

  it('a socket is not paused while the queue has room', () => {
    for (let n = 0; n < 64; n++) arrive('request', 4);
    queue.pauseIfFull(socket('a'));
    expect(log).toEqual([]);
  });

  it('sockets are paused while the queue is full, and resumed in order', async () => {
    for (let n = 0; n < 300; n++) arrive('request', 4);
    queue.pauseIfFull(socket('a'));
    queue.pauseIfFull(socket('b'));
    expect(log).toEqual(['a paused', 'b paused']);
    await nextIteration();
    expect(log).toHaveLength(2);
    while (isQueued()) await nextIteration();
    await nextIteration();
    expect(log).toEqual(['a paused', 'b paused', 'a resumed', 'b resumed']);
  });

  it('paused sockets count in the load', async () => {
    for (let n = 0; n < 300; n++) arrive('request', 4);
    await nextIteration();
    const before = queue.load();
    for (let n = 0; n < 100; n++) queue.pauseIfFull(socket(`${n}`));
    expect(queue.load()).toBeGreaterThan(before * 1.3);
  });
});

describe('the load of the accept queue', () => {
  it('the load is the expected wait of a new request, 1 at 400 ms', async () => {
    for (let n = 0; n < 101; n++) arrive('request', 4);
    expect(queue.load()).toBe(0);
    await nextIteration();
    // 99 are queued, and one takes 4 ms or a little more.
    expect(queue.load()).toBeGreaterThan(0.5);
    const before = queue.load();
    while (isQueued()) await nextIteration();
    expect(queue.load()).toBe(0);
    expect(before).toBeLessThanOrEqual(1);
  });

  it('iterations without requests do not lower the measured rate while sockets are paused', async () => {
    const socket = { pause: () => undefined, resume: () => undefined };
    const burst = async () => {
      for (let n = 0; n < 101; n++) arrive('request', 4);
      await nextIteration();
      return queue.load();
    };
    const before = await burst();
    for (let n = 0; n < 5000; n++) queue.pauseIfFull(socket);
    while (isQueued()) await nextIteration();
    while (queue.load() > 0) {
      await nextIteration();
      clock += 1;
    }
    expect(await burst()).toBeLessThan(before * 1.2);
  });
});
