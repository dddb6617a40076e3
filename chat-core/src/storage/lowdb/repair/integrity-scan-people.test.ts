import { expect, it } from 'vitest';
import type { Account } from '../../store.ts';
import { keyedDisk } from '../disk/keyed-disk.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { State } from '../state/state.ts';
import { repairFriendships, repairRequests, scanPictures } from './integrity-scan-people.ts';

/** Repairs these people and returns the reports. A second scan reports nothing. */
function repair(
  people: Record<string, Partial<Account>>,
  ended = false,
): { state: State; reports: string[] } {
  const state = new State();
  for (const [id, some] of Object.entries(people)) {
    const bare = { id, username: id, password: '', contacts: [], tokenVersion: 0, devices: [] };
    state.putAccount({ ...bare, ...some });
  }
  const header = { id: 'c', kind: 'direct' as const, lastSeq: 0, befriendedRev: 1, rev: 2 };
  state.putHeader({ ...header, members: ['ani', 'budi'], ...(ended && { unfriendedRev: 2 }) });
  const scan = () => {
    const reports: string[] = [];
    repairFriendships(state, 9, (what) => reports.push(what));
    repairRequests(state, 9, (what) => reports.push(what));
    return reports;
  };
  const reports = scan();
  expect(scan()).toEqual([]);
  return { state, reports };
}

it('consistent people are not changed, and a sent request that was never received is consistent', () => {
  const ani = { contacts: ['budi'], blocked: ['citra'], askedBy: ['dewi'], peopleRev: 4 };
  const { state, reports } = repair({
    ani,
    budi: { contacts: ['ani'], asked: ['citra'] },
    citra: { asked: ['ani'], askedBy: ['budi'] },
    dewi: { asked: ['ani'] },
  });
  expect(reports).toEqual([]);
  expect(state.account('ani')).toMatchObject(ani);
});

it.each([
  ['completed', {}, {}, false, true],
  ['removed when it ended', {}, {}, true, false],
  ['removed when that side blocked the other', { blocked: ['budi'] }, {}, false, false],
  ['removed when the other side blocked it', {}, { blocked: ['ani'] }, false, false],
])('a friendship that only one side has is %s', (_, ani, budi, ended, friends) => {
  const { state, reports } = repair({ ani: { ...ani, contacts: ['budi'] }, budi }, ended);
  expect(reports).toHaveLength(1);
  const both = [state.account('ani'), state.account('budi')].map((one) => one?.contacts.length);
  expect(both).toEqual(friends ? [1, 1] : [0, 0]);
});

it('of a block and a friendship at once the block stays', () => {
  const { state } = repair({
    ani: { contacts: ['budi'] },
    budi: { contacts: ['ani'], blocked: ['ani'] },
  });
  expect(state.account('ani')?.contacts).toEqual([]);
  expect(state.account('budi')).toMatchObject({ contacts: [], blocked: ['ani'] });
});

it('requests that were not sent, between friends, of missing accounts or beside a block are removed', () => {
  const { state, reports } = repair({
    ani: {
      contacts: ['budi'],
      asked: ['budi', 'missing'],
      askedBy: ['citra', 'dewi'],
      blocked: ['dewi', 'missing'],
    },
    budi: { contacts: ['ani'], askedBy: ['ani'] },
    citra: {},
    dewi: { asked: ['ani'] },
  });
  expect(reports).toHaveLength(2);
  expect(state.account('ani')).toMatchObject({ asked: [], askedBy: [], blocked: ['dewi'], peopleRev: 9 });
  expect(state.account('dewi')).toMatchObject({ asked: ['ani'] });
});

it('no peopleRev is above the found revision, since every poll would report a change', () => {
  const { state, reports } = repair({ ani: { blocked: ['budi'], peopleRev: 12 }, budi: {} });
  expect(reports).toEqual([]);
  expect(state.account('ani')).toMatchObject({ blocked: ['budi'], peopleRev: 9 });
});

it('a lost picture is reported and removed from its account', async () => {
  const state = new State();
  const profile = { edit: 1, picture: { id: 'p1', edit: 1 }, rev: 1, shownRev: 1 };
  const bare = { password: '', contacts: [], tokenVersion: 0, devices: [] };
  state.putAccount({ ...bare, id: 'ani', username: 'ani', profile });
  state.putAccount({ ...bare, id: 'budi', username: 'budi' });
  const reported: string[] = [];
  const scan = () =>
    scanPictures(keyedDisk(memoryDisk(), 'data', undefined), 'data', state, (path) => reported.push(path));
  expect([await scan(), reported]).toEqual([['ani'], ['data/pictures/ani.json']]);
  expect(state.account('ani')?.profile).toEqual({ edit: 1, rev: 1, shownRev: 1 });
  expect(await scan()).toEqual([]);
});
