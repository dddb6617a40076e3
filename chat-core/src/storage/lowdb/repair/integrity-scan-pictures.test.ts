import { expect, it } from 'vitest';
import { memoryDisk } from '../disk/memory-disk.ts';
import { State } from '../state/state.ts';
import { scanPictures } from './integrity-scan-people.ts';

it('a picture that is lost is named, and its person has none from then on', async () => {
  const state = new State();
  const profile = { edit: 1, picture: { id: 'p1', edit: 1 }, rev: 1, shownRev: 1 };
  const bare = { password: '', contacts: [], tokenVersion: 0, devices: [] };
  state.putAccount({ ...bare, id: 'ani', username: 'ani', profile });
  state.putAccount({ ...bare, id: 'budi', username: 'budi' });
  const noted: string[] = [];
  const look = () => scanPictures(memoryDisk(), 'data', state, (path) => noted.push(path));
  expect([await look(), noted]).toEqual([['ani'], ['data/pictures/ani.json']]);
  expect(state.account('ani')?.profile).toEqual({ edit: 1, rev: 1, shownRev: 1 });
  expect(await look()).toEqual([]);
});
