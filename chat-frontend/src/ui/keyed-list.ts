/** How items become nodes: each key has one node while it is in the list, changed by `update`. */
export type ListView<Item> = {
  key: (item: Item) => string;
  create: (item: Item) => { node: HTMLElement; update: (item: Item) => void };
};
type Row<Item> = { node: HTMLElement; update: (item: Item) => void };

/**
 * Keeps the children of `parent` equal to the items, in order: nodes are created, moved and removed, never rebuilt.
 * The focus stays unless its node is removed. Throws when two items share a key.
 */
export function keyedList<Item>(parent: HTMLElement, view: ListView<Item>): (items: readonly Item[]) => void {
  let rows = new Map<string, Row<Item>>();

  return (items) => {
    const focused = document.activeElement;
    const nextRows = new Map<string, Row<Item>>();
    for (const item of items) {
      const key = view.key(item);
      if (nextRows.has(key)) throw new Error(`two items share the key ${key}`);
      const row = rows.get(key) ?? view.create(item);
      row.update(item);
      nextRows.set(key, row);
    }
    for (const [key, row] of rows) if (!nextRows.has(key)) row.node.remove();
    rows = nextRows;

    let next = parent.firstElementChild;
    for (const { node } of nextRows.values()) {
      if (node === next) next = next.nextElementSibling;
      else parent.insertBefore(node, next);
    }
    // Moving a node in the document removes its focus.
    if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
  };
}
