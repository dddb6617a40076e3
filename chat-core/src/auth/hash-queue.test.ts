import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHashQueue, type HashOwner, type HashQueue } from './hash-queue.ts';

const LIMITS = { running: 2, waiting: 12, perNetwork: 8, perAccount: 3, timeoutMs: 15_000 };
let queue: HashQueue;
/** The names of the hashes that run, in the order in which they were started, and how each is finished. */
let started: string[];
let finish: (() => void)[];

beforeEach(() => {
  queue = createHashQueue(LIMITS);
  started = [];
  finish = [];
});
afterEach(() => {
  vi.useRealTimers();
});

/** Queues a hash; the result is its outcome once it is known. */
function add(name: string, owner: Partial<HashOwner> = {}): Promise<string> {
  return queue({ account: name, network: '203.0.113.1', ...owner }, () => {
    started.push(name);
    return new Promise<string>((resolve) => {
      finish.push(() => resolve('hashed'));
    });
  }).catch((error: { code: string }) => error.code);
}

/** Finishes the running hashes one by one until none is left. */
async function finishAll(): Promise<void> {
  for (let next = finish.shift(); next; next = finish.shift()) {
    next();
    await new Promise((done) => setImmediate(done));
  }
}

const many = (count: number, name: string, owner: Partial<HashOwner> = {}) =>
  Array.from({ length: count }, (_, n) => add(`${name}${n}`, owner));

describe('the queue of hashes', () => {
  it('two hashes run at once, and the others follow in order', async () => {
    const outcomes = many(5, 'h');
    expect(started).toEqual(['h0', 'h1']);
    await finishAll();
    expect(started).toEqual(['h0', 'h1', 'h2', 'h3', 'h4']);
    expect(await Promise.all(outcomes)).toEqual(Array(5).fill('hashed'));
  });

  it('an account and a network have a share of the queue, and what is more is refused', async () => {
    const [running, account] = [many(2, 'r'), many(4, 'a', { account: 'ani' })];
    const network = many(6, 'n');
    await finishAll();
    expect(await Promise.all(running)).toEqual(['hashed', 'hashed']);
    expect(await Promise.all(account)).toEqual(['hashed', 'hashed', 'hashed', 'TOO_MANY_REQUESTS']);
    expect(await Promise.all(network)).toEqual([...Array(5).fill('hashed'), 'TOO_MANY_REQUESTS']);
  });

  it('networks take turns, so that one that fills its share delays the others by one hash each', async () => {
    many(10, 'flood');
    add('budi', { network: '203.0.113.2' });
    add('citra', { network: '203.0.113.3' });
    await finishAll();
    expect(started.indexOf('budi')).toBeLessThanOrEqual(4);
    expect(started.indexOf('citra')).toBeLessThanOrEqual(5);
  });

  it('a full queue gives up what comes last of the network that has most waiting', async () => {
    const flood = [...many(10, 'flood'), ...many(4, 'more', { network: '203.0.113.2' })];
    const budi = add('budi', { network: '203.0.113.3' });
    await finishAll();
    expect(await budi).toBe('hashed');
    const outcomes = await Promise.all(flood);
    expect(outcomes.filter((outcome) => outcome !== 'hashed')).toHaveLength(1);
    expect(outcomes.lastIndexOf('TOO_MANY_REQUESTS')).toBe(9);
  });

  it('logins come first, and every fourth hash is another one', async () => {
    many(2, 'running');
    many(4, 'change');
    many(6, 'login', { network: '203.0.113.2', isLogin: true });
    await finishAll();
    const order = started.slice(2).map((name) => name.replace(/\d/, ''));
    expect(order.slice(0, 3)).toEqual(['login', 'login', 'login']);
    expect(order.slice(0, 8).filter((name) => name === 'change')).toHaveLength(2);
  });

  it('a hash that waits too long is refused, and its place is free', async () => {
    vi.useFakeTimers();
    many(2, 'hanging');
    const late = add('late');
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await late).toBe('TOO_MANY_REQUESTS');
    vi.useRealTimers();
    const next = add('next');
    await finishAll();
    expect([started, await next]).toEqual([['hanging0', 'hanging1', 'next'], 'hashed']);
  });

  it('a hash that fails frees its slot', async () => {
    const failing = () =>
      queue({ account: 'a', network: 'n' }, () => Promise.reject(new Error('no process')));
    for (let n = 0; n < 5; n++) await expect(failing()).rejects.toThrow('no process');
    const outcome = add('after');
    await finishAll();
    expect(await outcome).toBe('hashed');
  });
});
