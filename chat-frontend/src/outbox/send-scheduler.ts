import type { Id, Message } from '../../../chat-core/src/wire/wire.ts';
import type { Api } from '../api/api.ts';
import type { Clock } from '../clock.ts';
import { withTimeout } from '../deadline.ts';
import type { AccountStorage } from '../local-db/account-storage.ts';
import type { OutboxStore } from '../local-db/outbox-store.ts';
import type { OutboxEntry } from '../state/pending.ts';
import type { createMutationQueue } from './mutation-queue.ts';
import { createOutbox, type Outbox, type SendOptions } from './outbox.ts';
import type { NewFile, Uploads } from './uploads.lazy.ts';

type OutboxDeps = {
  api: Pick<Api, 'send' | 'http'>;
  clock: Clock;
  storage: Pick<AccountStorage, 'store' | 'outboxStore'>;
  tabs: { sent: (message: Message) => void };
};

/** The outbox of one account: it sends in that account's name and reports sent messages to the other tabs. */
export function createAccountOutbox(senderId: Id, { api, clock, storage, tabs }: OutboxDeps) {
  const { store, outboxStore } = storage;
  let loading: Promise<Uploads> | undefined;

  /** What uploads files, loaded with the first of them. */
  function uploads(): Promise<Uploads> {
    loading ??= import('./uploads.lazy.ts').then(
      ({ openUploads }) =>
        openUploads(senderId, {
          http: api.http,
          clock,
          setFiles: outbox.setFiles,
          entries: outboxStore.entries,
          reread: outboxStore.reread,
        }),
      (thrown) => {
        loading = undefined;
        throw thrown;
      },
    );
    return loading;
  }

  /** Files that cannot be dropped now are dropped when others are uploaded. */
  const withUploads = (use: (part: Uploads) => unknown) => void uploads().then(use, () => undefined);

  function send(entry: OutboxEntry, attachments?: Id[]): Promise<Message> {
    const { id: clientMessageId, conversationId, text: message, replyTo, mentions } = entry;
    return api.send({
      senderId,
      conversationId,
      message,
      clientMessageId,
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(mentions ? { mentions } : {}),
      ...(attachments ? { attachments } : {}),
    });
  }

  const outbox = createOutbox({
    outboxStore,
    clock,
    send: async (entry) =>
      entry.files ? (await uploads()).deliver(entry, (ids) => send(entry, ids)) : send(entry),
    stopUpload: (id) => void loading?.then((part) => part.stop(id)),
    dropFiles: (entry, isSent) => withUploads((part) => part.drop(entry, isSent)),
    onSent(message) {
      store.dispatch({ type: 'sent', message });
      tabs.sent(message);
    },
    onChange: (entries) => store.dispatch({ type: 'outbox', entries }),
  });

  return {
    ...outbox,
    /** Stores a message with files and sends it; false when this browser cannot store it. */
    async sendFiles(
      conversationId: Id,
      text: string,
      files: readonly NewFile[],
      options: SendOptions = {},
    ): Promise<boolean> {
      const part = await uploads();
      if (!(await part.store(conversationId, files))) return false;
      const pending = files.map((file) => file.pending);
      const isAdded = outbox.add(conversationId, text, { ...options, files: pending });
      if (!isAdded) await part.dropContents(pending);
      return isAdded;
    },
    /** The content of a file that waits here. */
    pendingContent: async (id: Id) => (await uploads()).content(id),
    /** Whether files that wait here survive the page. */
    storesFiles: async () => (await uploads()).persists(),
    forget(ids: readonly Id[]): void {
      outbox.forget(ids);
      withUploads((part) => part.forgetChats(ids));
    },
  };
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
