/** What the page needs of localStorage. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** A shelf that forgets with the page: for tests, and for browsers that refuse localStorage. */
export function memoryShelf(): Shelf {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    key: (at) => [...items.keys()][at] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

/** localStorage, or memory where the browser's settings forbid it. */
export function openShelf(): Shelf {
  try {
    localStorage.setItem('bisik.probe', '1');
    localStorage.removeItem('bisik.probe');
    return localStorage;
  } catch {
    return memoryShelf();
  }
}

export function keysOf(shelf: Shelf, prefix: string): string[] {
  const keys: string[] = [];
  for (let at = 0; at < shelf.length; at++) {
    const key = shelf.key(at);
    if (key?.startsWith(prefix)) keys.push(key);
  }
  return keys;
}

/** The JSON under a key; null when there is none or it does not parse. */
export function readJson(shelf: Shelf, key: string): unknown {
  try {
    return JSON.parse(shelf.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}
