import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { ApiError } from '../api/api-error.ts';
import { createDeletions, UNDO_MS } from './deletions.ts';

function openDeletions() {
  const time = fakeClock();
  const removed: number[] = [];
  const shown = { leaving: [] as string[], failures: [] as string[], refuse: false };
  const deletions = createDeletions({
    clock: time.clock,
    async remove({ seq }) {
      removed.push(seq);
      if (shown.refuse) throw new ApiError('NETWORK');
    },
    onChange: (ids) => {
      shown.leaving = ids;
    },
    onFailure: (code) => shown.failures.push(code),
  });
  const begin = (seq: number) => deletions.begin(`m${seq}`, { conversationId: 'c', seq });
  return { deletions, begin, time, removed, shown };
}

test('a message is hidden at once and deleted five seconds later', async () => {
  const { begin, time, removed, shown } = openDeletions();
  begin(3);
  expect(shown.leaving).toEqual(['m3']);
  await time.pass(UNDO_MS - 1);
  expect(removed).toEqual([]);
  await time.pass(1);
  expect(removed).toEqual([3]);
  expect(shown.leaving).toEqual([]);
});

test('undone in time it was never asked for, and it can be begun again', async () => {
  const { deletions, begin, time, removed, shown } = openDeletions();
  begin(3);
  begin(4);
  await time.pass(1_000);
  deletions.undo('m3');
  expect(shown.leaving).toEqual(['m4']);
  await time.pass(60_000);
  expect(removed).toEqual([4]);
  begin(3);
  await time.pass(UNDO_MS);
  expect(removed).toEqual([4, 3]);
});

test('a second wish for the same message changes nothing, and too late an undo neither', async () => {
  const { deletions, begin, time, removed } = openDeletions();
  begin(3);
  begin(3);
  await time.pass(UNDO_MS);
  deletions.undo('m3');
  await time.pass(60_000);
  expect(removed).toEqual([3]);
});

test('a page that goes does at once what was decided', async () => {
  const { deletions, begin, time, removed } = openDeletions();
  begin(3);
  begin(4);
  await deletions.finish();
  expect(removed).toEqual([3, 4]);
  await time.pass(60_000);
  expect(removed).toEqual([3, 4]);
});

test('a message that could not be deleted is shown again, with the reason', async () => {
  const { begin, time, shown } = openDeletions();
  shown.refuse = true;
  begin(3);
  await time.pass(UNDO_MS);
  expect(shown).toMatchObject({ leaving: [], failures: ['NETWORK'] });
});
