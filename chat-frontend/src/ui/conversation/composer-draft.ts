import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Cancel } from '../../clock.ts';
import { type Draft, noDraft } from '../../state/draft.ts';
import type { State } from '../../state/state.ts';
import type { Ui } from '../ui.ts';

/** A draft is saved this long after the last key. */
const SAVE_DELAY_MS = 300;

/**
 * The draft of a conversation in one composer. It is saved only after it was changed here, so a tab that merely shows it
 * never overwrites what another tab wrote or sent; the changes of other tabs are followed.
 */
export function openDraft(
  { clock, actions, state }: Pick<Ui, 'clock' | 'actions' | 'state'>,
  conversationId: Id,
) {
  const storedIn = (now: State): Draft => now.drafts[conversationId] ?? noDraft;
  let stored = storedIn(state());
  let draft = stored;
  /** Set while the draft was changed here and is not saved yet. */
  let pendingSave: Cancel | undefined;

  function save(): void {
    if (!pendingSave) return;
    pendingSave();
    pendingSave = undefined;
    stored = draft;
    actions.saveDraft(conversationId, draft);
  }

  return {
    get: () => draft,
    /** A change by the person who writes. */
    change(next: Draft): void {
      draft = next;
      pendingSave?.();
      pendingSave = clock.after(SAVE_DELAY_MS, save);
    },
    /** Replaces the draft without saving it. */
    showUnsaved(next: Draft): void {
      draft = next;
    },
    save,
    /** Takes the draft that another tab saved, unless one is being written here; returns whether it took one. */
    follow(now: State): boolean {
      const next = storedIn(now);
      if (pendingSave || next === stored) return false;
      stored = next;
      draft = next;
      return true;
    },
  };
}
