import type { Stamp } from '../clock.ts';
import type { OffTime } from '../off-time.ts';
import type { Id, StoredSettings } from '../wire/wire.ts';
import type { State } from './lowdb/state/state.ts';
import type { StoredMessage, StoredPicture } from './store.ts';

/**
 * All rows of a box at one revision, of whichever backend, to be read once: people and headers in `state`, messages and
 * pictures on demand. `last` is the time of the newest commit.
 */
export type BoxRows = {
  state: State;
  history: { between(conversationId: Id, from: number, to: number): Promise<StoredMessage[]> };
  pictures: { read(state: State, id: Id): Promise<StoredPicture | undefined> };
  epoch: string;
  revision: number;
  last: Stamp;
  settings: StoredSettings | undefined;
  sealedWith: string | undefined;
  /** Times off that are not confirmed, or were wrong. */
  offTimes: readonly OffTime[];
};

/** Called with messages as they are read to be copied. @throws Error to end the copy */
export type OnMessages = (rows: StoredMessage[]) => void;
