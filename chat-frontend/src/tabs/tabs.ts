import type { Delta, Id, Message } from '../../../chat-core/src/wire.ts';
import type { UnsentNote } from '../outbox/unsent.ts';
import type { Link } from '../pwa/link.ts';

/** What the tabs of this browser tell each other; but for `unsent`, the polling tab the others. */
export type Note = { userId: Id } & (
  | { type: 'delta'; delta: Delta; from: string | null }
  | { type: 'sent'; message: Message }
  | { type: 'link'; link: Link }
  | { type: 'unsent'; note: UnsentNote }
  | { type: 'kept'; cursor: string }
);

export type Tabs = ReturnType<typeof openTabs>;

/** A line between the tabs of one account; notes of another account are not heard. */
export function openTabs(userId: Id, onNote: (note: Note) => void) {
  const channel = new BroadcastChannel('bisik');
  channel.onmessage = ({ data }: MessageEvent<Note>) => {
    if (data.userId === userId) onNote(data);
  };
  return {
    delta: (delta: Delta, from: string | null) => channel.postMessage({ type: 'delta', userId, delta, from }),
    sent: (message: Message) => channel.postMessage({ type: 'sent', userId, message }),
    link: (link: Link) => channel.postMessage({ type: 'link', userId, link }),
    unsent: (note: UnsentNote) => channel.postMessage({ type: 'unsent', userId, note }),
    kept: (cursor: string) => channel.postMessage({ type: 'kept', userId, cursor }),
    close: () => channel.close(),
  };
}
