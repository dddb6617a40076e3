/** Within this many pixels of the end a reader counts as being there (features §4.4). */
const NEAR_PX = 100;

export function isAtEnd(scroller: HTMLElement): boolean {
  return pixelsBelow(scroller) <= NEAR_PX;
}

export function pixelsBelow(scroller: HTMLElement): number {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
}

/** The side of the list that is further away from what is read. */
export function farSide(scroller: HTMLElement): 'older' | 'newer' {
  return pixelsBelow(scroller) <= scroller.scrollTop ? 'older' : 'newer';
}

export function toEnd(scroller: HTMLElement): void {
  scroller.scrollTop = scroller.scrollHeight;
}

/**
 * Changes the list inside a scroller without moving what is being read: whoever follows the end stays there, elsewhere
 * the first visible message that is still there stays where it was.
 */
export function keepPlace(
  scroller: HTMLElement,
  list: HTMLElement,
  follow: boolean,
  change: () => void,
): void {
  // Where nothing stands yet there is no place to keep, and asking for it would have all laid out once more.
  if (!list.firstElementChild) {
    change();
    if (follow && list.firstElementChild) toEnd(scroller);
    return;
  }
  const atEnd = follow && isAtEnd(scroller);
  const places = atEnd ? [] : visibleRows(scroller, list);
  change();
  if (atEnd) toEnd(scroller);
  const kept = places.find(({ row }) => row.isConnected);
  if (kept) scroller.scrollTop += kept.row.getBoundingClientRect().bottom - kept.bottom;
}

/**
 * Messages only, since the heading of a day goes up when more of that day comes above; by their lower edge, since the
 * room over one closes when another of its run comes before it.
 */
function visibleRows(scroller: HTMLElement, list: HTMLElement): { row: Element; bottom: number }[] {
  const view = scroller.getBoundingClientRect();
  const rows = [...list.children].filter((row) => row.classList.contains('row'));
  const from = rows.findIndex((row) => row.getBoundingClientRect().bottom > view.top);
  const to = rows.findIndex((row, at) => at >= from && row.getBoundingClientRect().top > view.bottom);
  return rows
    .slice(Math.max(from, 0), to === -1 ? undefined : to)
    .map((row) => ({ row, bottom: row.getBoundingClientRect().bottom }));
}

/**
 * Stays at the end when the room changes: a keyboard opens, the composer or a bar grows, the window turns. The function
 * it returns does so at once, for whoever is about to measure: what grew would count as scrolled away from.
 */
export function followResize(scroller: HTMLElement, wasAtEnd: () => boolean): () => void {
  let size: string | undefined;
  function follow(): void {
    const before = size;
    size = `${scroller.clientWidth} ${scroller.clientHeight}`;
    if (before !== undefined && before !== size && wasAtEnd()) toEnd(scroller);
  }
  new ResizeObserver(follow).observe(scroller);
  return follow;
}
