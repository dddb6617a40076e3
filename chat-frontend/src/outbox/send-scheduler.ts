import type { Id, Message } from '../../../chat-core/src/wire/wire.ts';
import type { Api } from '../api/api.ts';
import type { Clock } from '../clock.ts';
import { withTimeout } from '../deadline.ts';
import type { AccountStorage } from '../local-db/account-storage.ts';
import type { OutboxStore } from '../local-db/outbox-store.ts';
import type { createMutationQueue } from './mutation-queue.ts';
import { createOutbox, type Outbox } from './outbox.ts';

type OutboxDeps = {
  api: Pick<Api, 'send'>;
  clock: Clock;
  storage: Pick<AccountStorage, 'store' | 'outboxStore'>;
  tabs: { sent: (message: Message) => void };
};

/** The outbox of one account: it sends in that account's name and reports sent messages to the other tabs. */
export function createAccountOutbox(senderId: Id, { api, clock, storage, tabs }: OutboxDeps) {
  const { store, outboxStore } = storage;
  return createOutbox({
    outboxStore,
    clock,
    send({ id: clientMessageId, conversationId, text: message, replyTo, mentions }) {
      return api.send({
        senderId,
        conversationId,
        message,
        clientMessageId,
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(mentions ? { mentions } : {}),
      });
    },
    onSent(message) {
      store.dispatch({ type: 'sent', message });
      tabs.sent(message);
    },
    onChange: (entries) => store.dispatch({ type: 'outbox', entries }),
  });
}

type SchedulerDeps = {
  outbox: Pick<Outbox, 'list' | 'notify' | 'run' | 'pause' | 'retryAllNow' | 'changedElsewhere'>;
  mutations: Pick<
    ReturnType<typeof createMutationQueue>,
    'list' | 'notify' | 'run' | 'pause' | 'close' | 'retryNow' | 'changedElsewhere' | 'isKey'
  >;
  outboxStore: Pick<OutboxStore, 'reread' | 'isKey'>;
  clock: Clock;
};

/** Runs the outbox and the mutation queue in the leading tab, and pauses them in the others. */
export function createSendScheduler({ outbox, mutations, outboxStore, clock }: SchedulerDeps) {
  let isLeader = false;

  return {
    /** The session ends. */
    close(): void {
      outbox.pause();
      mutations.close();
    },
    count: () => outbox.list().length + mutations.list().length,
    notify(): void {
      outbox.notify();
      mutations.notify();
    },
    setLeader(value: boolean): void {
      isLeader = value;
      outbox.pause();
      mutations.pause();
      if (!isLeader) return;
      mutations.run();
      const reading = outboxStore.reread();
      void withTimeout(clock, reading, undefined).then(() => isLeader && outbox.run());
      // A slow database may answer after the timeout.
      void reading.then(outbox.changedElsewhere);
    },
    /** The server is reachable again, or the page is visible again. */
    retryNow(): void {
      outbox.retryAllNow();
      mutations.retryNow();
    },
    /** Another tab has written under a key of localStorage. */
    storageChanged(key: string | null): void {
      if (outboxStore.isKey(key)) outbox.changedElsewhere();
      if (mutations.isKey(key)) mutations.changedElsewhere();
    },
  };
}
