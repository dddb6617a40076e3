/** What the page keeps under keys, as in localStorage. Nothing of it throws. */
export type KeyValueStore = {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  keys(): string[];
};
/** `setItem` answers whether the value is there now. */
type Layer = Omit<KeyValueStore, 'setItem'> & { setItem(key: string, value: string): boolean };

/** What goes first where there is no room, and what need not outlive the page. */
const USAGE = 'bisik.usage';
const PERSISTENT = /^bisik\.(?!usage$|seat$)/;

/** A key-value store that forgets with the page. */
export function memoryKeyValueStore() {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value).has(key),
    removeItem: (key: string) => void items.delete(key),
    keys: () => [...items.keys()],
  };
}

/** What comes of it, or `otherwise` where the browser forbids it: the very access to a storage may throw. */
export function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}

/** A storage of the browser, which may be full, or only pretend to store. */
function storageLayer(storage: () => Storage): Layer {
  const removeItem = (key: string) => attempt(() => storage().removeItem(key), undefined);
  const put = (key: string, value: string) =>
    attempt(() => {
      storage().setItem(key, value);
      return storage().getItem(key) === value;
    }, false);
  return {
    getItem: (key) => attempt(() => storage().getItem(key), null),
    setItem(key, value) {
      if (put(key, value)) return true;
      removeItem(key);
      removeItem(USAGE);
      return put(key, value);
    },
    removeItem,
    keys: () => attempt(() => Object.keys(storage()), []),
  };
}

/** A value stands in the first storage that takes it, and in none of the others; beneath them all is memory. */
export function layeredKeyValueStore(
  storages: readonly (() => Storage)[],
): KeyValueStore & { lasts(): boolean } {
  const layers: Layer[] = [...storages.map(storageLayer), memoryKeyValueStore()];
  return {
    getItem: (key) => layers.map((layer) => layer.getItem(key)).find((value) => value !== null) ?? null,
    setItem(key, value) {
      const home = layers.find((layer) => layer.setItem(key, value));
      for (const layer of layers) if (layer !== home) layer.removeItem(key);
    },
    removeItem(key) {
      for (const layer of layers) layer.removeItem(key);
    },
    keys: () => [...new Set(layers.flatMap((layer) => layer.keys()))],
    /** Whether everything of ours would be there for another tab, and after this one. */
    lasts: () => !layers.slice(1).some((layer) => layer.keys().some((key) => PERSISTENT.test(key))),
  };
}

let opened: ReturnType<typeof layeredKeyValueStore> | undefined;

/** What this browser keeps: in localStorage, else with the tab, else with the page. */
export function openKeyValueStore(): ReturnType<typeof layeredKeyValueStore> {
  opened ??= layeredKeyValueStore([() => localStorage, () => sessionStorage]);
  return opened;
}

export const keysOf = (keyValueStore: KeyValueStore, prefix: string): string[] =>
  keyValueStore.keys().filter((key) => key.startsWith(prefix));

/** The JSON under a key; null when there is none or it does not parse. */
export function readJson(keyValueStore: KeyValueStore, key: string): unknown {
  try {
    return JSON.parse(keyValueStore.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}
