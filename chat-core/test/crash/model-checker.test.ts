import { expect, it } from 'vitest';
import { runSeed } from './crash-states.ts';

const STATES = Number(process.env.CRASH_STATES ?? 3000);
const only = process.env.CRASH_SEED;

it('all acknowledged and shown changes survive any power cut, whatever disk operations fail before it', async () => {
  if (only) {
    expect((await runSeed(Number(only))).states).toBeGreaterThan(0);
    return;
  }
  let states = 0;
  for (let seed = 1; states < STATES; seed++) states += (await runSeed(seed)).states;
  expect(states).toBeGreaterThanOrEqual(STATES);
}, 1_200_000);

it('messages that expire and their sweeps, pins, reactions, notes, scheduled texts, flags, stars, imports and deleted accounts survive any power cut, and what was removed is erased after it', async () => {
  if (only) {
    expect((await runSeed(Number(only), { features: true })).states).toBeGreaterThan(0);
    return;
  }
  let states = 0;
  for (let seed = 1; states < STATES / 3; seed++) states += (await runSeed(seed, { features: true })).states;
  expect(states).toBeGreaterThanOrEqual(STATES / 3);
}, 1_200_000);
