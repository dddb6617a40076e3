import { expect, it } from 'vitest';
import { type FamilySoak, soakFamily } from './family.ts';

const ACTIONS = ['send', 'edit', 'delete', 'send a file', 'download', 'read history', 'type', 'polls'];
/** A quarter of a minute, in which everyone acts three times a second, until all of it was done. */
const SHORT: FamilySoak = {
  minutes: 0.25,
  pauseMs: 300,
  warmUpPauseMs: 300,
  warmUp: 0.3,
  sampleMs: 200,
  collectMs: 200,
  hasBackup: false,
  messages: 1000,
  isEnough: (counts) => ACTIONS.every((action) => counts.has(action)),
};
/** A busy machine refuses some; and who logs out, or deletes, does so while another request for the same is under way. */
const EXPECTED_REFUSALS = /: (401|404|429|503)\b/;

it('a family does all that a family does without an error, and a leak of memory and files is noticed', async () => {
  const sound = await soakFamily({ ...SHORT, hasBackup: true });
  const planted = [new URL('planted-leak.ts', import.meta.url).href];
  const leaking = await soakFamily({ ...SHORT, preloads: planted });

  const errors = [...sound.counts.keys()].filter((what) => /: \d{3}/.test(what));
  expect(errors.filter((what) => !EXPECTED_REFUSALS.test(what))).toEqual([]);
  expect(sound.faults.filter((fault) => fault.includes('open files'))).toEqual([]);
  expect(leaking.faults).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^chat-core: RSS grows/),
      expect.stringMatching(/^chat-core: open files grow/),
    ]),
  );
  const heapOf = ({ verdicts }: typeof sound) => verdicts['chat-core']?.heap.perHour ?? 0;
  expect(heapOf(leaking)).toBeGreaterThan(2 * heapOf(sound));
});
