import { expect, it } from 'vitest';
import { person } from './contract/rig.ts';
import { GroupCommit } from './group-commit.ts';
import { durableRows } from './lowdb/state/durable-rows.ts';
import { State } from './lowdb/state/state.ts';
import type { Tx } from './store.ts';
import { type CommittedChanges, type Turns, Writer } from './writer.ts';

/** A writer whose turns the test answers. `steps`: what it asked of them. */
function rig({ isOvertaken = false }: { isOvertaken?: boolean } = {}) {
  const steps: string[] = [];
  const message = async () => undefined;
  const rows = durableRows(new State(), { recent: message, message });
  const written: number[] = [];
  const record = (step: string, batch: CommittedChanges[]) => {
    steps.push(step);
    written.push(...batch.map(({ revision }) => revision));
  };
  const turns: Turns = {
    expected: () => 4,
    tryWrite: async (batch) => {
      if (isOvertaken) steps.push('overtaken');
      else record('tried', batch);
      return !isOvertaken;
    },
    begin: async () => {
      steps.push('begin');
      return 6;
    },
    abandon: async () => {
      steps.push('abandon');
    },
  };
  const write = async (batch: CommittedChanges[]) => record('write', batch);
  const writer = new Writer(rows, 0, write, new GroupCommit(0), turns);
  return { steps, written, writer };
}
const save = async (tx: Tx) => tx.saveAccount(person('ani'));

it('a batch that is written without a turn is answered, with the revision after the expected one', async () => {
  const { writer, steps, written } = rig();
  await Promise.all([writer.transact(save), writer.transact(save)]);
  expect([steps, written]).toEqual([['tried'], [5, 6]]);
});

it('when others have committed, the same transactions run again within a turn, and each is answered once', async () => {
  const { writer, steps, written } = rig({ isOvertaken: true });
  const runs: string[] = [];
  const answers = await Promise.allSettled([
    writer.transact(async (tx) => {
      runs.push('first');
      await save(tx);
      return runs.length;
    }),
    writer.transact(async () => {
      runs.push('refused');
      throw new Error(`run ${runs.length}`);
    }),
  ]);
  expect(runs).toEqual(['first', 'refused', 'first', 'refused']);
  expect(answers).toEqual([
    { status: 'fulfilled', value: 3 },
    { status: 'rejected', reason: new Error('run 4') },
  ]);
  expect([steps, written]).toEqual([['overtaken', 'begin', 'write'], [7]]);
});

it('what writes nothing is answered from a turn, since others may have committed', async () => {
  const { writer, steps } = rig();
  await expect(writer.transact(async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(steps).toEqual(['begin', 'abandon']);
});
