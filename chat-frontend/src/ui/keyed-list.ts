/** How items become nodes: one node per key for as long as the key stays, refreshed by `update`. */
export type ListView<Item> = {
  key: (item: Item) => string;
  create: (item: Item) => { node: HTMLElement; update: (item: Item) => void };
};
type Row<Item> = { node: HTMLElement; update: (item: Item) => void };

/**
 * Keeps the children of `parent` equal to the items, in order: nodes are made, moved and removed, never rebuilt.
 * Focus stays where it was unless its node goes. Throws when two items share a key.
 */
export function keyedList<Item>(parent: HTMLElement, view: ListView<Item>): (items: readonly Item[]) => void {
  let rows = new Map<string, Row<Item>>();

  return (items) => {
    const focused = document.activeElement;
    const next = new Map<string, Row<Item>>();
    for (const item of items) {
      const key = view.key(item);
      if (next.has(key)) throw new Error(`two items share the key ${key}`);
      const row = rows.get(key) ?? view.create(item);
      row.update(item);
      next.set(key, row);
    }
    for (const [key, row] of rows) if (!next.has(key)) row.node.remove();
    rows = next;

    let place = parent.firstElementChild;
    for (const { node } of next.values()) {
      if (node === place) place = place.nextElementSibling;
      else parent.insertBefore(node, place);
    }
    // Moving a node takes the focus from it.
    if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
  };
}
