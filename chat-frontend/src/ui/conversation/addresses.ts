import { setText } from '../el.ts';
import { lazyLinkify } from '../lazy.ts';

/** What may name an address. */
const NAMES_ONE = /:\/\/|www\./i;

/**
 * Sets a text in which addresses of the web are links. Texts with any are few: what makes the links is fetched for the
 * first of them, and moves nothing when it comes.
 */
export function setLinked(place: HTMLElement, text: string): void {
  if (place.textContent === text) return;
  setText(place, text);
  if (!NAMES_ONE.test(text)) return;
  const link = ({ linked }: typeof import('./linkify.ts')) => {
    if (place.textContent === text) place.replaceChildren(...linked(text));
  };
  const here = lazyLinkify.loaded();
  if (here) link(here);
  else lazyLinkify.load().then(link, () => undefined);
}
