import type { Clock } from '../clock.ts';
import { inTime } from '../deadline.ts';
import type { Unsent } from '../local-db/outbox-store.ts';
import type { createChanges } from './mutation-queue.ts';
import type { Outbox } from './outbox.ts';

type Parts = {
  outbox: Pick<Outbox, 'list' | 'tell' | 'run' | 'pause' | 'hurryAll' | 'changedElsewhere'>;
  changes: Pick<
    ReturnType<typeof createChanges>,
    'list' | 'tell' | 'run' | 'pause' | 'close' | 'hurry' | 'changedElsewhere' | 'isKey'
  >;
  unsent: Pick<Unsent, 'reread' | 'isKey'>;
  clock: Clock;
};

/** What waits for the box, messages and changes of stored ones: it leaves from the tab that is in the seat. */
export function joinOutgoing({ outbox, changes, unsent, clock }: Parts) {
  let seated = false;

  function pause(): void {
    outbox.pause();
    changes.pause();
  }

  return {
    /** The session ends. */
    close(): void {
      outbox.pause();
      changes.close();
    },
    count: () => outbox.list().length + changes.list().length,
    tell(): void {
      outbox.tell();
      changes.tell();
    },
    sit(value: boolean): void {
      seated = value;
      pause();
      if (!seated) return;
      changes.run();
      const reading = unsent.reread();
      void inTime(clock, reading, undefined).then(() => seated && outbox.run());
      // A slow browser may say later what waits there.
      void reading.then(outbox.changedElsewhere);
    },
    /** The box is back, or the page is looked at again. */
    hurry(): void {
      outbox.hurryAll();
      changes.hurry();
    },
    /** Another tab has written under a key of localStorage. */
    heard(key: string | null): void {
      if (unsent.isKey(key)) outbox.changedElsewhere();
      if (changes.isKey(key)) changes.changedElsewhere();
    },
  };
}
