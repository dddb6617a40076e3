/** Preloaded by `--import`: a core with the fault that PLANTED_FAULT names, which a test has to notice. */
import { setTimeout } from 'node:timers/promises';
import { DedupIndex } from '../../src/storage/lowdb/pages/dedup-index.ts';
import { CommitTurns } from '../../src/storage/postgres/commits/commit-turns.ts';

const FAULTS: Record<string, () => void> = {
  /** It acknowledges messages while their commit is still on its way. */
  'acknowledges before the commit': () => {
    const { begin, write } = CommitTurns.prototype;
    let last: Promise<void> = Promise.resolve();
    CommitTurns.prototype.begin = async function () {
      await last;
      return begin.call(this);
    };
    CommitTurns.prototype.write = async function (batch) {
      const isOfMessages = batch.every(({ changes }) => changes.messages.length > 0);
      if (!isOfMessages) return write.call(this, batch);
      last = setTimeout(100).then(() => write.call(this, batch).catch(() => {}));
    };
  },
  /** It finds no message by its id. */
  'finds no message by its id': () => {
    DedupIndex.prototype.seqsOf = () => [];
  },
};

const plant = FAULTS[process.env.PLANTED_FAULT ?? ''];
if (!plant) throw new Error(`There is no fault ${process.env.PLANTED_FAULT}.`);
plant();
