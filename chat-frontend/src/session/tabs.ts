import type { Delta, Id, Message } from '../../../chat-core/src/wire/wire.ts';
import type { Clock } from '../clock.ts';
import { TIMEOUT_MS } from '../deadline.ts';
import type { StorageNote } from '../local-db/account-storage.ts';
import type { OutboxStoreChange } from '../local-db/outbox-store.ts';
import type { ConnectionStatus } from '../state/connection-status.ts';

/** What the tabs of a browser send each other; all but `unsent` come from the leading tab. */
export type TabMessage = { userId: Id } & (
  | { type: 'delta'; delta: Delta; from: string | null }
  | { type: 'sent'; message: Message }
  | { type: 'link'; link: ConnectionStatus }
  | StorageNote
);

export type TabChannel = ReturnType<typeof openTabChannel>;

const NAME = 'bisik';

/**
 * The channel between the tabs of one account; messages of other accounts are ignored. `onIsolated`: the browser delivers
 * none, so that each tab has to do everything itself.
 */
export function openTabChannel(userId: Id, clock: Clock) {
  let channel: BroadcastChannel | undefined;
  let [isProbed, isIsolated] = [false, false];
  let onMessage: (message: TabMessage) => void = () => undefined;
  let onIsolated: () => void = () => undefined;

  try {
    channel = new BroadcastChannel(NAME);
    channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      isProbed = true;
      if (data.userId === userId) onMessage(data);
    };
    const probe = new BroadcastChannel(NAME);
    probe.postMessage({});
    probe.close();
  } catch {
    isIsolated = true;
  }
  clock.after(TIMEOUT_MS, () => {
    if (isProbed || isIsolated) return;
    isIsolated = true;
    onIsolated();
  });

  function post(message: TabMessage): void {
    channel?.postMessage(message);
  }

  return {
    delta: (delta: Delta, from: string | null) => post({ type: 'delta', userId, delta, from }),
    sent: (message: Message) => post({ type: 'sent', userId, message }),
    link: (link: ConnectionStatus) => post({ type: 'link', userId, link }),
    unsent: (note: OutboxStoreChange) => post({ type: 'unsent', userId, note }),
    written: (cursor: string) => post({ type: 'written', userId, cursor }),
    isIsolated: () => isIsolated,
    start(handleMessage: typeof onMessage, handleIsolated: typeof onIsolated): void {
      onMessage = handleMessage;
      onIsolated = handleIsolated;
    },
    close(): void {
      isProbed = true;
      channel?.close();
      channel = undefined;
    },
  };
}
