import type { Id, PictureAnswer, Profile } from '../../../chat-core/src/wire/wire.ts';
import { backoff, isRetryable, toApiError } from '../api/api-error.ts';
import type { Clock } from '../clock.ts';

const TYPES: ReadonlySet<string> = new Set(['image/webp', 'image/jpeg', 'image/png']);
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Pictures held at once, of at most 27 KB each. */
const MAX_HELD = 300;
const MAX_LOADING = 3;
/** A picture can wait ten times as long as a poll: 10 s, 20 s, 40 s … 5 minutes. */
const SLOWER = 10;

/**
 * People's pictures as data: addresses, each read once for as long as its id stays. `onChange`: one has come, or may be
 * asked for again, which it is if it is still to be shown.
 */
export function createPictures(
  load: (userId: Id, pictureId: Id) => Promise<PictureAnswer>,
  clock: Clock,
  onChange: () => void,
) {
  const held = new Map<Id, string | undefined>();
  const wanted = new Map<Id, Id>();
  /** How often each has failed that was not refused. */
  const failures = new Map<Id, number>();
  let loading = 0;

  function next(): void {
    const [first] = wanted;
    if (!first || loading >= MAX_LOADING) return;
    const [pictureId, userId] = first;
    wanted.delete(pictureId);
    loading += 1;
    void load(userId, pictureId)
      .then(keep, (thrown) => retryLater(pictureId, thrown))
      .finally(() => {
        loading -= 1;
        next();
      });
    next();
  }

  function keep(picture: PictureAnswer): void {
    failures.delete(picture.id);
    held.set(picture.id, addressOf(picture));
    const [oldest] = held.keys();
    if (held.size > MAX_HELD && oldest !== undefined) held.delete(oldest);
    onChange();
  }

  /** What the box refuses is not asked for again; what fails on the way, or there, is after a while. */
  function retryLater(pictureId: Id, thrown: unknown): void {
    const { code, retryAfter } = toApiError(thrown);
    if (!isRetryable(code)) return;
    const count = (failures.get(pictureId) ?? 0) + 1;
    failures.set(pictureId, count);
    const wait = Math.max(backoff(count) * SLOWER, retryAfter * 1_000);
    clock.after(wait, () => failures.get(pictureId) === count && retry(pictureId));
  }

  function retry(pictureId: Id): void {
    held.delete(pictureId);
    onChange();
  }

  return {
    /** The address of a person's picture; undefined while there is none, and then it is asked for. */
    of(person: Profile | null | undefined): string | undefined {
      const pictureId = person?.pictureId;
      if (!person || !pictureId) return undefined;
      if (!held.has(pictureId) && !wanted.has(pictureId)) {
        held.set(pictureId, undefined);
        wanted.set(pictureId, person.id);
        next();
      }
      return held.get(pictureId);
    },
    /** The box is back in touch: nothing waits any longer. */
    askAgain(): void {
      const ids = [...failures.keys()];
      failures.clear();
      ids.forEach(retry);
    },
  };
}

function addressOf({ type, data }: PictureAnswer): string | undefined {
  return TYPES.has(type) && BASE64.test(data) ? `data:${type};base64,${data}` : undefined;
}
