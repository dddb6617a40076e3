import { describe, expect, it } from 'vitest';
import { Held, type Place } from './long-polls.ts';
import { pollHeld } from './wait-for-change.ts';

const NEWS = { cursor: 'later' };
const hold = <T>(waiting: Promise<T>) => waiting;
const place = (held: Held, user = 'ani') => held.take(user, 'active') as Place;

describe('a poll that is held', () => {
  it('misses nothing that changes between its look and its wait', async () => {
    const held = new Held(9);
    let looks = 0;
    const look = async () => {
      looks += 1;
      if (looks > 1) return NEWS;
      // It has seen nothing, and now something comes.
      queueMicrotask(() => held.wake(['ani']));
      return undefined;
    };
    expect(await pollHeld(look, place(held), 60_000, hold)).toEqual(NEWS);
    expect([looks, held.size]).toEqual([2, 0]);
  });

  it('goes on waiting when a change is none of its own', async () => {
    const held = new Held(9);
    let looks = 0;
    const waiting = pollHeld(async () => (++looks === 3 ? NEWS : undefined), place(held), 60_000, hold);
    for (let n = 0; n < 5; n++) {
      await new Promise((later) => setImmediate(later));
      held.wake(['budi']);
      if (n > 2) held.wake(['ani']);
    }
    expect(await waiting).toEqual(NEWS);
    expect(looks).toBe(3);
  });

  it('ends with its time, with its client and with the box, and frees its place', async () => {
    const held = new Held(9);
    const nothing = async () => undefined;
    expect(await pollHeld(nothing, place(held), 5, hold)).toBeUndefined();
    const gone = place(held);
    const waiting = pollHeld(nothing, gone, 60_000, hold);
    await undefined;
    gone.leave();
    expect(await waiting).toBeUndefined();
    const last = pollHeld(nothing, place(held), 60_000, hold);
    held.close();
    expect(await last).toBeUndefined();
    expect(held.size).toBe(0);
    expect(held.take('ani', 'active')).toBeUndefined();
  });

  it('frees its place when looking fails', async () => {
    const held = new Held(9);
    const failing = pollHeld(() => Promise.reject(new Error('no')), place(held), 60_000, hold);
    await expect(failing).rejects.toThrow('no');
    expect(held.size).toBe(0);
  });
});

describe('places', () => {
  it('are bounded, per person too, and half of them are for who looks', () => {
    const held = new Held(40);
    const many = (user: string, n: number, activity: 'active' | 'hidden') =>
      Array.from({ length: n }, () => held.take(user, activity)).filter((one) => one !== undefined).length;
    expect(many('ani', 20, 'active')).toBe(16);
    expect(many('budi', 9, 'hidden')).toBe(4);
    expect(many('cici', 16, 'active')).toBe(16);
    expect(many('dedi', 16, 'active')).toBe(4);
    expect(held.size).toBe(40);
  });
});
