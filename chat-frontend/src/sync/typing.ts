import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Cancel, Clock } from '../clock.ts';
import { nextTypingEnd, type People } from '../state/people.ts';

/** At most one notice per conversation in this time (features §4.6). */
const NOTIFY_EVERY_MS = 3_000;

/** Notifies the server that this person is typing, throttled. A failed notice is dropped. */
export function createTypingNotifier(clock: Clock, notify: (conversationId: Id) => Promise<unknown>) {
  const notifiedAt = new Map<Id, number>();
  return (conversationId: Id): void => {
    const last = notifiedAt.get(conversationId);
    if (last !== undefined && Math.abs(clock.now() - last) < NOTIFY_EVERY_MS) return;
    notifiedAt.set(conversationId, clock.now());
    notify(conversationId).catch(() => undefined);
  };
}

/** Calls `onTimeout` each time a person in `typing()` has not typed for long enough to count as stopped. */
export function createTypingTimeout(clock: Clock, typing: () => People['typing'], onTimeout: () => void) {
  let cancel: Cancel | undefined;

  /** To be called after each change of `typing()`. */
  function update(): void {
    cancel?.();
    const at = nextTypingEnd(typing());
    cancel = at === undefined ? undefined : clock.after(Math.max(at - clock.now(), 0), expire);
  }

  function expire(): void {
    onTimeout();
    update();
  }

  return { update, close: () => cancel?.() };
}
