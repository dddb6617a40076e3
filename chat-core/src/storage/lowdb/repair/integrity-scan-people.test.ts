import { expect, it } from 'vitest';
import type { Account } from '../../store.ts';
import { State } from '../state/state.ts';
import { repairFriendships, repairRequests } from './integrity-scan-people.ts';

/** Mends these people, and answers what was found; a second look finds nothing. */
function applyRepair(
  people: Record<string, Partial<Account>>,
  ended = false,
): { state: State; notes: string[] } {
  const state = new State();
  for (const [id, some] of Object.entries(people)) {
    const bare = { id, username: id, password: '', contacts: [], tokenVersion: 0, devices: [] };
    state.putAccount({ ...bare, ...some });
  }
  const header = { id: 'c', kind: 'direct' as const, lastSeq: 0, befriendedRev: 1, rev: 2 };
  state.putHeader({ ...header, members: ['ani', 'budi'], ...(ended && { unfriendedRev: 2 }) });
  const look = () => {
    const notes: string[] = [];
    repairFriendships(state, 9, (what) => notes.push(what));
    repairRequests(state, 9, (what) => notes.push(what));
    return notes;
  };
  const notes = look();
  expect(look()).toEqual([]);
  return { state, notes };
}

it('what fits is left as it is: also a request that was never received', () => {
  const ani = { contacts: ['budi'], blocked: ['citra'], askedBy: ['dewi'], peopleRev: 4 };
  const { state, notes } = applyRepair({
    ani,
    budi: { contacts: ['ani'], asked: ['citra'] },
    citra: { asked: ['ani'], askedBy: ['budi'] },
    dewi: { asked: ['ani'] },
  });
  expect(notes).toEqual([]);
  expect(state.account('ani')).toMatchObject(ani);
});

it.each([
  ['whole again', {}, {}, false, true],
  ['over where it was ended', {}, {}, true, false],
  ['over where one blocked the other', { blocked: ['budi'] }, {}, false, false],
  ['over where the other did', {}, { blocked: ['ani'] }, false, false],
])('half a friendship is %s', (_, ani, budi, ended, friends) => {
  const { state, notes } = applyRepair({ ani: { ...ani, contacts: ['budi'] }, budi }, ended);
  expect(notes).toHaveLength(1);
  const both = [state.account('ani'), state.account('budi')].map((one) => one?.contacts.length);
  expect(both).toEqual(friends ? [1, 1] : [0, 0]);
});

it('a block and a friendship at once: the block stands', () => {
  const { state } = applyRepair({
    ani: { contacts: ['budi'] },
    budi: { contacts: ['ani'], blocked: ['ani'] },
  });
  expect(state.account('ani')?.contacts).toEqual([]);
  expect(state.account('budi')).toMatchObject({ contacts: [], blocked: ['ani'] });
});

it('requests that nobody made, of friends, of nobody or beside a block are dropped', () => {
  const { state, notes } = applyRepair({
    ani: {
      contacts: ['budi'],
      asked: ['budi', 'nobody'],
      askedBy: ['citra', 'dewi'],
      blocked: ['dewi', 'nobody'],
    },
    budi: { contacts: ['ani'], askedBy: ['ani'] },
    citra: {},
    dewi: { asked: ['ani'] },
  });
  expect(notes).toHaveLength(2);
  expect(state.account('ani')).toMatchObject({ asked: [], askedBy: [], blocked: ['dewi'], peopleRev: 9 });
  expect(state.account('dewi')).toMatchObject({ asked: ['ani'] });
});

it('no person is ahead of the revision that was found: every poll would be news', () => {
  const { state, notes } = applyRepair({ ani: { blocked: ['budi'], peopleRev: 12 }, budi: {} });
  expect(notes).toEqual([]);
  expect(state.account('ani')).toMatchObject({ blocked: ['budi'], peopleRev: 9 });
});
