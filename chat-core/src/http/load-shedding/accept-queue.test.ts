import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTurns, type Turns } from './accept-queue.ts';

let clock: number;
let turns: Turns;
let done: string[];
let [asked, worked] = [0, 0];
const waits = () => worked < asked;

beforeEach(() => {
  [clock, asked, worked] = [0, 0, 0];
  turns = openTurns(() => clock);
  done = [];
});

afterEach(async () => {
  while (waits()) await nextTurn();
});

/** Comes with work of so many milliseconds. */
function come(name: string, ms: number, isUrgent = false): void {
  asked += 1;
  const work = () => {
    worked += 1;
    clock += ms;
    done.push(name);
  };
  if (turns.isOpen()) work();
  else turns.wait(isUrgent, work);
}

describe('requests that come at once', () => {
  it('are worked on where they arrive while the turn has time left', () => {
    come('a', 1);
    come('b', 1);
    expect(done).toEqual(['a', 'b']);
    expect(waits()).toBe(false);
    expect(turns.pressure()).toBe(0);
  });

  it('wait for a later turn once one has taken its time', async () => {
    for (let n = 0; n < 10; n++) come(`${n}`, 2);
    expect(done).toEqual(['0', '1']);
    expect(waits()).toBe(true);
    await nextTurn();
    expect(done).toHaveLength(4);
    while (waits()) await nextTurn();
    expect(done).toEqual(Array.from({ length: 10 }, (_, n) => `${n}`));
  });

  it('let the urgent go first, each kind in the order it came', async () => {
    come('first', 4);
    for (const name of ['poll 1', 'poll 2']) come(name, 1);
    for (const name of ['send 1', 'send 2']) come(name, 1, true);
    while (waits()) await nextTurn();
    expect(done).toEqual(['first', 'send 1', 'send 2', 'poll 1', 'poll 2']);
  });

  it('do not overtake what waits already', async () => {
    come('a', 4);
    come('b', 1);
    clock += 100;
    come('c', 1);
    expect(done).toEqual(['a']);
    while (waits()) await nextTurn();
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('leave a turn to whatever else is under way between two of theirs', async () => {
    for (let n = 0; n < 6; n++) come('request', 4);
    setImmediate(() => done.push('under way'));
    while (waits()) await nextTurn();
    expect(done.indexOf('under way')).toBeLessThan(done.lastIndexOf('request'));
  });
});

describe('sockets whose request is answered', () => {
  const log: string[] = [];
  const socket = (name: string) => ({
    pause: () => log.push(`${name} rests`),
    resume: () => log.push(`${name} is read`),
  });
  beforeEach(() => log.splice(0));

  it('are read on at once while there is room', () => {
    for (let n = 0; n < 64; n++) come('request', 4);
    turns.rest(socket('a'));
    expect(log).toEqual([]);
  });

  it('rest while many wait, and are read again in the order they came', async () => {
    for (let n = 0; n < 300; n++) come('request', 4);
    turns.rest(socket('a'));
    turns.rest(socket('b'));
    expect(log).toEqual(['a rests', 'b rests']);
    await nextTurn();
    expect(log).toHaveLength(2);
    while (waits()) await nextTurn();
    await nextTurn();
    expect(log).toEqual(['a rests', 'b rests', 'a is read', 'b is read']);
  });

  it('count among those that wait', async () => {
    for (let n = 0; n < 300; n++) come('request', 4);
    await nextTurn();
    const before = turns.pressure();
    for (let n = 0; n < 100; n++) turns.rest(socket(`${n}`));
    expect(turns.pressure()).toBeGreaterThan(before * 1.3);
  });
});

describe('the pressure of those that wait', () => {
  it('is the expected wait of the last, 1 at 400 ms', async () => {
    for (let n = 0; n < 101; n++) come('request', 4);
    expect(turns.pressure()).toBe(0);
    await nextTurn();
    // 99 wait, and one takes 4 ms or a little more.
    expect(turns.pressure()).toBeGreaterThan(0.5);
    const before = turns.pressure();
    while (waits()) await nextTurn();
    expect(turns.pressure()).toBe(0);
    expect(before).toBeLessThanOrEqual(1);
  });

  it('does not grow while sockets rest and nothing comes: what was not asked for was not too slow', async () => {
    const socket = { pause: () => undefined, resume: () => undefined };
    const burst = async () => {
      for (let n = 0; n < 101; n++) come('request', 4);
      await nextTurn();
      return turns.pressure();
    };
    const before = await burst();
    for (let n = 0; n < 5000; n++) turns.rest(socket);
    while (waits()) await nextTurn();
    while (turns.pressure() > 0) {
      await nextTurn();
      clock += 1;
    }
    expect(await burst()).toBeLessThan(before * 1.2);
  });
});
