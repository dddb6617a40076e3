/** Strings by key, as in localStorage. No method throws. */
export type KeyValueStore = {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  keys(): string[];
};
/** `setItem` returns whether the value is stored. */
type Layer = Omit<KeyValueStore, 'setItem'> & { setItem(key: string, value: string): boolean };

/** The key that is removed first when the storage is full, and the keys that must survive the page. */
const USAGE = 'bisik.usage';
const PERSISTENT = /^bisik\.(?!usage$|seat$)/;

/** A key-value store in the memory of the page. */
export function memoryKeyValueStore() {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value).has(key),
    removeItem: (key: string) => void items.delete(key),
    keys: () => [...items.keys()],
  };
}

/** The result of the work; `fallback` if the browser throws, which even the access to a storage may. */
export function attempt<T>(work: () => T, fallback: T): T {
  try {
    return work();
  } catch {
    return fallback;
  }
}

/** A storage of the browser, which may be full or drop what it accepts. */
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

/** Stores a value in the first storage that accepts it and in no other; the last one is memory. */
export function layeredKeyValueStore(
  storages: readonly (() => Storage)[],
): KeyValueStore & { persists(): boolean } {
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
    /** Whether all values are visible to other tabs and survive this one. */
    persists: () => !layers.slice(1).some((layer) => layer.keys().some((key) => PERSISTENT.test(key))),
  };
}

const SHARED = 'bisik.shared';
let shared = attempt(() => sessionStorage.getItem(SHARED) !== null, false);

/** Whether this tab is on a shared computer: everything ends with it, and no database is opened. */
export const isShared = () => shared;

export function setShared(value: boolean): void {
  shared = value;
  attempt(() => (value ? sessionStorage.setItem(SHARED, '1') : sessionStorage.removeItem(SHARED)), undefined);
}

let opened: ReturnType<typeof layeredKeyValueStore> | undefined;

/** The key-value store of this browser: localStorage, else sessionStorage, else memory. On a shared computer without the first. */
export function openKeyValueStore(): ReturnType<typeof layeredKeyValueStore> {
  opened ??= layeredKeyValueStore([
    () => (shared ? sessionStorage : localStorage),
    // No storage: each access throws, and the next layer is used.
    () => (shared ? (undefined as never) : sessionStorage),
  ]);
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
