import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Clock } from '../../clock.ts';
import { type KeyValueStore, readJson } from '../../key-value-store.ts';
import type { FileBlobs } from '../../local-db/file-blobs.ts';
import type { VoiceRecording } from './recording.ts';

type Deps = {
  /** Of the account. */
  store: KeyValueStore;
  key: string;
  conversationId: Id;
  blobs: () => Pick<FileBlobs, 'put' | 'get' | 'drop'>;
  /** Absent on plain http, where nothing is recorded. */
  locks: Pick<LockManager, 'request'> | undefined;
  clock: Clock;
};
type Kept = Omit<VoiceRecording, 'blob'>;

/**
 * The recording of a conversation that waits to be sent, in this browser: it survives a change of the screen and a reload.
 * One tab owns it at a time, so that no other tab offers or replaces it; see `own`.
 */
export function keptRecording({ store, key, conversationId, blobs, locks, clock }: Deps) {
  const id = `voice.${conversationId}`;
  let release: (() => void) | undefined;

  return {
    /** Takes the recording for this tab until `disown`; false while another tab has it. */
    own(): Promise<boolean> {
      if (release || !locks) return Promise.resolve(release !== undefined);
      return new Promise((resolve) => {
        const hold = (lock: Lock | null) => {
          resolve(lock !== null);
          return lock ? new Promise<void>((done) => (release = done)) : undefined;
        };
        locks.request(`bisik.${id}`, { ifAvailable: true }, hold).catch(() => resolve(false));
      });
    },
    disown(): void {
      release?.();
      release = undefined;
    },
    async keep({ blob, ...about }: VoiceRecording): Promise<void> {
      await blobs().put({ id, conversationId, blob, at: clock.now() });
      store.setItem(key, JSON.stringify(about));
    },
    /** What was kept, as long as its content is there. */
    async find(): Promise<VoiceRecording | undefined> {
      const about = readJson(store, key) as Kept | null;
      const blob = about ? (await blobs().get(id))?.blob : undefined;
      if (about && blob) return { ...about, blob };
      store.removeItem(key);
      return undefined;
    },
    /** Forgets it, if it is this tab's. */
    drop(): void {
      if (!release) return;
      store.removeItem(key);
      void blobs().drop([id]);
    },
  };
}
