import { expect, test, vi } from 'vitest';
import type { GroupInfo } from '../../../../chat-core/src/wire/wire.ts';
import type { Ui } from '../ui.ts';
import { createGroupActions } from './group-actions.ts';

/** Actions on a group whose change the held poll brings before the answer, or not. */
function start({ isShown }: { isShown: boolean }) {
  let group = { name: 'before' } as GroupInfo;
  let timeOut = () => {};
  const poll = vi.fn(() => new Promise<void>(() => undefined));
  const ui = {
    http: {
      async patch() {
        if (isShown) group = { name: 'after' } as GroupInfo;
      },
    },
    actions: { poll },
    clock: {
      after(_: number, run: () => void) {
        timeOut = run;
      },
    },
    state: () => ({ chats: { g: { group } } }),
  } as unknown as Ui;
  return { groups: createGroupActions(ui), poll, timeOut: () => timeOut() };
}

test('no poll is waited for where the held one has brought the change already', async () => {
  const { groups, poll } = start({ isShown: true });
  await groups.edit('g', { name: 'after' });
  expect(poll).not.toHaveBeenCalled();
});

test('a change that is not shown is polled for, but not longer than two seconds: it may have changed nothing', async () => {
  const { groups, poll, timeOut } = start({ isShown: false });
  let isDone = false;
  const editing = groups.edit('g', { name: 'before' }).then(() => {
    isDone = true;
  });
  await vi.waitFor(() => expect(poll).toHaveBeenCalledOnce());
  expect(isDone).toBe(false);
  timeOut();
  await editing;
});
