import type { Delta, Id, Message } from '../../../chat-core/src/wire/wire.ts';
import type { Clock } from '../clock.ts';
import { TIMEOUT_MS } from '../deadline.ts';
import type { StorageNote } from '../local-db/account-storage.ts';
import type { UnsentNote } from '../local-db/outbox-store.ts';
import type { ConnectionStatus } from '../state/connection-status.ts';

/** What the tabs of this browser tell each other; but for `unsent`, the polling tab the others. */
export type Note = { userId: Id } & (
  | { type: 'delta'; delta: Delta; from: string | null }
  | { type: 'sent'; message: Message }
  | { type: 'link'; link: ConnectionStatus }
  | StorageNote
);

export type Tabs = ReturnType<typeof openTabs>;

const NAME = 'bisik';

/**
 * A line between the tabs of one account; notes of another account are not heard. `onDeaf`: the browser carries none, so
 * that each tab has to do everything itself.
 */
export function openTabs(userId: Id, clock: Clock, onNote: (note: Note) => void, onDeaf: () => void) {
  let channel: BroadcastChannel | undefined;
  let [isProbed, isDeaf] = [false, false];

  try {
    channel = new BroadcastChannel(NAME);
    channel.onmessage = ({ data }: MessageEvent<Note>) => {
      isProbed = true;
      if (data.userId === userId) onNote(data);
    };
    const probe = new BroadcastChannel(NAME);
    probe.postMessage({});
    probe.close();
  } catch {
    isDeaf = true;
  }
  clock.after(TIMEOUT_MS, () => {
    if (isProbed || isDeaf) return;
    isDeaf = true;
    onDeaf();
  });

  function post(note: Note): void {
    channel?.postMessage(note);
  }

  return {
    delta: (delta: Delta, from: string | null) => post({ type: 'delta', userId, delta, from }),
    sent: (message: Message) => post({ type: 'sent', userId, message }),
    link: (link: ConnectionStatus) => post({ type: 'link', userId, link }),
    unsent: (note: UnsentNote) => post({ type: 'unsent', userId, note }),
    kept: (cursor: string) => post({ type: 'kept', userId, cursor }),
    isDeaf: () => isDeaf,
    close(): void {
      isProbed = true;
      channel?.close();
      channel = undefined;
    },
  };
}
