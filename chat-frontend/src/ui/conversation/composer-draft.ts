import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Cancel } from '../../clock.ts';
import { type Draft, noDraft } from '../../state/draft.ts';
import type { State } from '../../state/state.ts';
import type { Ui } from '../ui.ts';

/** A draft is kept so long after the last key. */
const KEEP_AFTER_MS = 300;

/**
 * The draft of a conversation as one composer holds it. It is kept only after it was changed here, so that a tab which
 * merely shows it never writes it over what another has written or sent; what others write is followed.
 */
export function holdDraft(
  { clock, actions, state }: Pick<Ui, 'clock' | 'actions' | 'state'>,
  conversationId: Id,
) {
  const read = (now: State): Draft => now.drafts[conversationId] ?? noDraft;
  let seen = read(state());
  let draft = seen;
  /** While it was changed here and is not kept yet. */
  let pending: Cancel | undefined;

  function keep(): void {
    if (!pending) return;
    pending();
    pending = undefined;
    seen = draft;
    actions.keepDraft(conversationId, draft);
  }

  return {
    get: () => draft,
    /** What the person writes. */
    change(next: Draft): void {
      draft = next;
      pending?.();
      pending = clock.after(KEEP_AFTER_MS, keep);
    },
    /** Shows something else until the person writes. */
    show(next: Draft): void {
      draft = next;
    },
    keep,
    /** Takes over what another tab has written; answers whether there is anything new. */
    follow(now: State): boolean {
      const next = read(now);
      if (pending || next === seen) return false;
      seen = next;
      draft = next;
      return true;
    },
  };
}
