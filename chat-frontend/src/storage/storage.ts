/** What the page keeps under keys, as in localStorage. Nothing of it throws. */
export type Shelf = {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  keys(): string[];
};
/** `setItem` answers whether the value is there now. */
type Layer = Omit<Shelf, 'setItem'> & { setItem(key: string, value: string): boolean };

/** What goes first where there is no room, and what need not outlive the page. */
const USAGE = 'bisik.usage';
const TRANSIENT = [USAGE, 'bisik.seat'];

/** A shelf that forgets with the page. */
export function memoryShelf() {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value).has(key),
    removeItem: (key: string) => void items.delete(key),
    keys: () => [...items.keys()],
  };
}

/** A storage of the browser: the very access to it may throw, it may be full, or only pretend to store. */
function storageLayer(storage: () => Storage): Layer {
  function attempt<T>(work: (opened: Storage) => T, otherwise: T): T {
    try {
      return work(storage());
    } catch {
      return otherwise;
    }
  }
  return {
    getItem: (key) => attempt((opened) => opened.getItem(key), null),
    setItem: (key, value) =>
      attempt((opened) => {
        opened.setItem(key, value);
        return opened.getItem(key) === value;
      }, false),
    removeItem: (key) => attempt((opened) => opened.removeItem(key), undefined),
    keys: () =>
      attempt((opened) => Array.from({ length: opened.length }, (_, index) => opened.key(index) ?? ''), []),
  };
}

/** A value stands in the first storage that takes it, and in none of the others; beneath them all is memory. */
export function layeredShelf(storages: readonly (() => Storage)[]): Shelf & { lasts(): boolean } {
  const layers: Layer[] = [...storages.map(storageLayer), memoryShelf()];
  return {
    getItem: (key) => layers.map((layer) => layer.getItem(key)).find((value) => value !== null) ?? null,
    setItem(key, value) {
      let isSet = false;
      for (const layer of layers) {
        if (!isSet && layer.setItem(key, value)) isSet = true;
        else {
          layer.removeItem(key);
          if (isSet) continue;
          layer.removeItem(USAGE);
          isSet = layer.setItem(key, value);
        }
      }
    },
    removeItem(key) {
      for (const layer of layers) layer.removeItem(key);
    },
    keys: () => [...new Set(layers.flatMap((layer) => layer.keys()))],
    /** Whether everything of ours would be there for another tab, and after this one. */
    lasts: () =>
      !layers
        .slice(1)
        .some((layer) => layer.keys().some((key) => /^bisik\./.test(key) && !TRANSIENT.includes(key))),
  };
}

let opened: ReturnType<typeof layeredShelf> | undefined;

/** What this browser keeps: in localStorage, else with the tab, else with the page. */
export function openShelf(): ReturnType<typeof layeredShelf> {
  opened ??= layeredShelf([() => localStorage, () => sessionStorage]);
  return opened;
}

export const keysOf = (shelf: Shelf, prefix: string): string[] =>
  shelf.keys().filter((key) => key.startsWith(prefix));

/** The JSON under a key; null when there is none or it does not parse. */
export function readJson(shelf: Shelf, key: string): unknown {
  try {
    return JSON.parse(shelf.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}
