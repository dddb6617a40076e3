import type { Delta, Id, Message } from '../../chat-core/src/wire.ts';
import type { Link } from './pwa/link.ts';

/** What the polling tab tells the other tabs of this browser. */
export type Note = { userId: Id } & (
  | { type: 'delta'; delta: Delta; from: string | null }
  | { type: 'sent'; message: Message }
  | { type: 'link'; link: Link }
);

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
    close: () => channel.close(),
  };
}
