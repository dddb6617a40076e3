import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from '../api/api.ts';
import { type ApiErrorCode, toApiError } from '../api/api-error.ts';
import type { Cancel, Clock } from '../clock.ts';

/** So long a deletion for oneself can be undone. */
export const UNDO_MS = 5_000;

export type DeletionsDeps = {
  clock: Clock;
  remove: (at: MessageRef) => Promise<void>;
  /** The ids of the messages that are about to go, or on their way. */
  onChange: (ids: Id[]) => void;
  onFailure: (code: ApiErrorCode) => void;
};

/** Deletes messages for this person alone, a moment after they were hidden: until then it can be undone. */
export function createDeletions({ clock, remove, onChange, onFailure }: DeletionsDeps) {
  const waiting = new Map<Id, { at: MessageRef; cancel: Cancel }>();
  const leaving = new Set<Id>();
  const tell = () => onChange([...leaving]);

  async function run(id: Id): Promise<void> {
    const entry = waiting.get(id);
    if (!entry) return;
    entry.cancel();
    waiting.delete(id);
    try {
      await remove(entry.at);
    } catch (thrown) {
      onFailure(toApiError(thrown).code);
    }
    leaving.delete(id);
    tell();
  }

  return {
    begin(id: Id, at: MessageRef): void {
      if (leaving.has(id)) return;
      leaving.add(id);
      waiting.set(id, { at, cancel: clock.after(UNDO_MS, () => void run(id)) });
      tell();
    },
    undo(id: Id): void {
      waiting.get(id)?.cancel();
      if (waiting.delete(id)) leaving.delete(id);
      tell();
    },
    /** The page or the session goes: what was decided is done. */
    async finish(): Promise<void> {
      await Promise.all([...waiting.keys()].map(run));
    },
  };
}
