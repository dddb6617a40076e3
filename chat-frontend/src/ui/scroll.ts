/** Within this many pixels of the end a reader counts as being there (features §4.4). */
const NEAR_PX = 100;

export function isAtEnd(scroller: HTMLElement): boolean {
  return pixelsBelow(scroller) <= NEAR_PX;
}

export function pixelsBelow(scroller: HTMLElement): number {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
}

export function toEnd(scroller: HTMLElement): void {
  scroller.scrollTop = scroller.scrollHeight;
}

/**
 * Changes the list inside a scroller without moving what is being read: whoever follows the end stays there, elsewhere
 * the first visible row stays where it was.
 */
export function keepPlace(
  scroller: HTMLElement,
  list: HTMLElement,
  follow: boolean,
  change: () => void,
): void {
  const atEnd = follow && isAtEnd(scroller);
  const anchor = atEnd ? undefined : firstVisible(scroller, list);
  const before = anchor?.getBoundingClientRect().top ?? 0;
  change();
  if (atEnd) toEnd(scroller);
  else if (anchor?.isConnected) scroller.scrollTop += anchor.getBoundingClientRect().top - before;
}

function firstVisible(scroller: HTMLElement, list: HTMLElement): Element | undefined {
  const top = scroller.getBoundingClientRect().top;
  return [...list.children].find((row) => row.getBoundingClientRect().bottom > top);
}

/** Stays at the end when the room changes: a keyboard opens, the composer grows, the window turns. */
export function followResize(scroller: HTMLElement, wasAtEnd: () => boolean): void {
  new ResizeObserver(() => {
    if (wasAtEnd()) toEnd(scroller);
  }).observe(scroller);
}
