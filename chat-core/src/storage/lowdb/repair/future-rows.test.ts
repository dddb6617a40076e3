import { expect, it } from 'vitest';
import { message, person } from '../../contract/rig.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { openStore } from '../lowdb-store.ts';
import { describeFutureRows } from './future-rows.ts';
import { openReadOnly } from './open-read-only.ts';

const DAY = 24 * 3600 * 1000;
const NOW = Date.UTC(2026, 10, 28);

/** A box of two friends with messages of these `timestamps`, written while its clock showed `clock`. */
async function boxWith(timestamps: number[], clock = NOW) {
  const disk = memoryDisk();
  const store = await openStore(disk, 'box', { now: () => clock, elapsed: () => clock, groupCommitMs: 0 });
  const device = { id: 'd', name: '', createdAt: clock, lastSeenAt: clock };
  await store.transact(async (tx) => {
    await tx.saveAccount({ ...person('ani'), devices: [device] });
    await tx.saveAccount(person('budi'));
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
  for (const [n, timestamp] of timestamps.entries()) {
    await store.transact((tx) => tx.appendMessage({ ...message(`m${n}`, 'ani-budi', 'ani'), timestamp }));
  }
  await store.checkpoint('all');
  const { at } = store.time.stamp();
  await store.close();
  return { box: await openReadOnly('box', disk), at };
}

it('messages dated in the future are counted, with the day of the latest, but not those less than a day ahead', async () => {
  const { box, at } = await boxWith([NOW - DAY, NOW + 4000 * DAY, NOW + 9 * 3_600_000, NOW + 3 * DAY]);
  const [sentence, ...more] = await describeFutureRows(box, at, NOW);
  expect(more).toEqual([]);
  expect(sentence).toMatch(/^2 messages are dated in the future, up to 2037-11-10:/);
});

it('a time line that began with a clock ahead is reported, and its devices are not', async () => {
  const { box, at } = await boxWith([NOW], NOW + 3652 * DAY);
  expect(await describeFutureRows(box, at, NOW)).toEqual([
    expect.stringMatching(/^The box counts its time from a clock that was 3,652 days ahead/),
  ]);
});

it('a device that is dated after the newest commit is reported', async () => {
  const { box, at } = await boxWith([NOW]);
  expect(await describeFutureRows(box, at, NOW)).toEqual([]);
  expect(await describeFutureRows(box, at - 2 * DAY, NOW)).toEqual([
    expect.stringMatching(/^1 devices and invitations/),
  ]);
});
