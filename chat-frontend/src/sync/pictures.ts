import type { Id, PictureAnswer, Profile } from '../../../chat-core/src/wire/wire.ts';
import { backoff, isRetryable, toApiError } from '../api/api-error.ts';
import type { Clock } from '../clock.ts';

const TYPES: ReadonlySet<string> = new Set(['image/webp', 'image/jpeg', 'image/png']);
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Pictures held at once, of at most 27 KB each. */
const MAX_HELD = 300;
const MAX_LOADING = 3;
/** A picture can wait ten times as long as a poll: 10 s, 20 s, 40 s … 5 minutes. */
const BACKOFF_FACTOR = 10;

/**
 * People's pictures as data: URLs, each loaded once per id. `onChange`: one was loaded, or may be requested again, which
 * happens if it is still shown.
 */
export function createPictures(
  load: (userId: Id, pictureId: Id) => Promise<PictureAnswer>,
  clock: Clock,
  onChange: () => void,
) {
  const held = new Map<Id, string | undefined>();
  const queue = new Map<Id, Id>();
  /** Failures in a row of each picture that was not refused. */
  const failures = new Map<Id, number>();
  let loading = 0;

  function next(): void {
    const [first] = queue;
    if (!first || loading >= MAX_LOADING) return;
    const [pictureId, userId] = first;
    queue.delete(pictureId);
    loading += 1;
    void load(userId, pictureId)
      .then(store, (thrown) => retryLater(pictureId, thrown))
      .finally(() => {
        loading -= 1;
        next();
      });
    next();
  }

  function store(picture: PictureAnswer): void {
    failures.delete(picture.id);
    held.set(picture.id, dataUrlOf(picture));
    const [oldest] = held.keys();
    if (held.size > MAX_HELD && oldest !== undefined) held.delete(oldest);
    onChange();
  }

  /** A refused picture is not requested again; any other failure is, after a backoff. */
  function retryLater(pictureId: Id, thrown: unknown): void {
    const { code, retryAfter } = toApiError(thrown);
    if (!isRetryable(code)) return;
    const count = (failures.get(pictureId) ?? 0) + 1;
    failures.set(pictureId, count);
    const delayMs = Math.max(backoff(count) * BACKOFF_FACTOR, retryAfter * 1_000);
    clock.after(delayMs, () => failures.get(pictureId) === count && retry(pictureId));
  }

  function retry(pictureId: Id): void {
    held.delete(pictureId);
    onChange();
  }

  return {
    /** The data: URL of a person's picture; undefined until it is loaded, which this starts. */
    urlOf(person: Profile | null | undefined): string | undefined {
      const pictureId = person?.pictureId;
      if (!person || !pictureId) return undefined;
      if (!held.has(pictureId) && !queue.has(pictureId)) {
        held.set(pictureId, undefined);
        queue.set(pictureId, person.id);
        next();
      }
      return held.get(pictureId);
    },
    /** Forgets all other pictures: nothing shows them any more. */
    keepOnly(shown: ReadonlySet<Id>): void {
      for (const id of held.keys()) if (!shown.has(id)) held.delete(id);
    },
    /** The server answers again: failed pictures need not wait any longer. */
    retryNow(): void {
      const ids = [...failures.keys()];
      failures.clear();
      ids.forEach(retry);
    },
  };
}

function dataUrlOf({ type, data }: PictureAnswer): string | undefined {
  return TYPES.has(type) && BASE64.test(data) ? `data:${type};base64,${data}` : undefined;
}
