import type { Id, PictureAnswer, Profile } from '../../../chat-core/src/wire.ts';

const TYPES: ReadonlySet<string> = new Set(['image/webp', 'image/jpeg', 'image/png']);
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Pictures held at once, of at most 27 KB each. */
const MOST_HELD = 300;
const MOST_LOADING = 3;

export type Pictures = ReturnType<typeof createPictures>;

/** People's pictures as data: addresses, each read once for as long as its id stays. */
export function createPictures(
  load: (userId: Id, pictureId: Id) => Promise<PictureAnswer>,
  onLoaded: () => void,
) {
  const held = new Map<Id, string | undefined>();
  const wanted = new Map<Id, Id>();
  let loading = 0;

  function next(): void {
    const [first] = wanted;
    if (!first || loading >= MOST_LOADING) return;
    const [pictureId, userId] = first;
    wanted.delete(pictureId);
    loading += 1;
    void load(userId, pictureId)
      .then(keep, () => keep(undefined, pictureId))
      .finally(() => {
        loading -= 1;
        next();
      });
    next();
  }

  /** A picture that would not load is not asked for again: the letter in its place says enough. */
  function keep(picture: PictureAnswer | undefined, pictureId = picture?.id ?? ''): void {
    held.set(pictureId, picture && addressOf(picture));
    const [oldest] = held.keys();
    if (held.size > MOST_HELD && oldest !== undefined) held.delete(oldest);
    if (picture) onLoaded();
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
  };
}

function addressOf({ type, data }: PictureAnswer): string | undefined {
  return TYPES.has(type) && BASE64.test(data) ? `data:${type};base64,${data}` : undefined;
}
