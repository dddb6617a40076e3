/** A piece of the page's code that is fetched when it is first needed, and then is here for good. */
export type Part<Module> = { here(): Module | undefined; fetch(): Promise<Module> };

export function createPart<Module>(load: () => Promise<Module>): Part<Module> {
  let here: Module | undefined;
  return {
    here: () => here,
    async fetch() {
      here ??= await load();
      return here;
    },
  };
}

/** What nobody needs in order to read and write: settings and people. */
export const panels = createPart(() => import('./panels.ts'));
/** What few need in order to come in: a forgotten password, an invitation. */
export const doors = createPart(() => import('./doors.ts'));

/** What a finger does to messages. */
export const swipes = createPart(() => import('./swipe.ts'));
/** What keys do in the whole page. */
export const shortcuts = createPart(() => import('./shortcuts.ts'));

/** Fetches the parts ahead, so that they open while the box is away. */
export function fetchParts(): void {
  for (const part of [panels, doors]) part.fetch().catch(() => undefined);
}
