import { expect, it } from 'vitest';
import { type FamilySoak, soakFamily } from './family.ts';

/** Eighteen seconds, in which everyone acts about ten times a second. */
const SHORT: FamilySoak = {
  minutes: 0.3,
  pauseMs: 100,
  warmUpPauseMs: 100,
  warmUp: 0.3,
  sampleMs: 200,
  collectMs: 1000,
  hasBackup: false,
  messages: 2000,
};

it('a family does all that a family does without an error, and a leak of memory and files is noticed', async () => {
  const sound = await soakFamily({ ...SHORT, hasBackup: true });
  const planted = [new URL('planted-leak.ts', import.meta.url).href];
  const leaking = await soakFamily({ ...SHORT, preloads: planted });

  const actions = ['send', 'edit', 'delete', 'send a file', 'download', 'read history', 'log in', 'polls'];
  expect([...sound.counts.keys()]).toEqual(expect.arrayContaining(actions));
  // Who logs out, or deletes, does so while another request of theirs or of a friend is under way.
  expect([...sound.counts.keys()].filter((what) => /: (?!401|404)\d{3}/.test(what))).toEqual([]);
  const ofCore = ({ verdicts }: typeof sound) => verdicts['chat-core'];
  expect(sound.faults.filter((fault) => fault.includes('open files'))).toEqual([]);
  expect(leaking.faults).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^chat-core: RSS grows/),
      expect.stringMatching(/^chat-core: open files grow/),
    ]),
  );
  expect(ofCore(leaking)?.heap.perHour).toBeGreaterThan(3 * Math.max(0, ofCore(sound)?.heap.perHour ?? 0));
});
