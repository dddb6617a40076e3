import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Cancel, Clock } from '../clock.ts';
import { nextSilence, type People } from '../state/people.ts';

/** The box is told at most once in so long that somebody types (features §4.6). */
const TELL_EVERY_MS = 3_000;

/** Tells that this person types. It is a courtesy: a telling that fails is forgotten. */
export function createTyping(clock: Clock, tell: (conversationId: Id) => Promise<unknown>) {
  const toldAt = new Map<Id, number>();
  return (conversationId: Id): void => {
    const last = toldAt.get(conversationId);
    if (last !== undefined && Math.abs(clock.now() - last) < TELL_EVERY_MS) return;
    toldAt.set(conversationId, clock.now());
    tell(conversationId).catch(() => undefined);
  };
}

/** Calls `onOver` when the next of those who type has stopped without a word. */
export function watchSilence(clock: Clock, onOver: () => void) {
  let cancel: Cancel | undefined;
  return {
    watch(typing: People['typing']): void {
      cancel?.();
      const at = nextSilence(typing);
      cancel = at === undefined ? undefined : clock.after(Math.max(at - clock.now(), 0), onOver);
    },
    close: () => cancel?.(),
  };
}
