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
 * the first visible row that is still there stays where it was.
 */
export function keepPlace(
  scroller: HTMLElement,
  list: HTMLElement,
  follow: boolean,
  change: () => void,
): void {
  const atEnd = follow && isAtEnd(scroller);
  const places = atEnd ? [] : visibleRows(scroller, list);
  change();
  if (atEnd) toEnd(scroller);
  // The topmost may be the heading of a day, which goes when more of that day comes above.
  const kept = places.find(({ row }) => row.isConnected);
  if (kept) scroller.scrollTop += kept.row.getBoundingClientRect().top - kept.top;
}

function visibleRows(scroller: HTMLElement, list: HTMLElement): { row: Element; top: number }[] {
  const view = scroller.getBoundingClientRect();
  const rows = [...list.children];
  const from = rows.findIndex((row) => row.getBoundingClientRect().bottom > view.top);
  const to = rows.findIndex((row, at) => at >= from && row.getBoundingClientRect().top > view.bottom);
  return rows
    .slice(Math.max(from, 0), to === -1 ? undefined : to)
    .map((row) => ({ row, top: row.getBoundingClientRect().top }));
}

/** Stays at the end when the room changes: a keyboard opens, the composer grows, the window turns. */
export function followResize(scroller: HTMLElement, wasAtEnd: () => boolean): void {
  new ResizeObserver(() => {
    if (wasAtEnd()) toEnd(scroller);
  }).observe(scroller);
}
