export type Api =
  | 'localStorage'
  | 'IndexedDB open'
  | 'IndexedDB transaction'
  | 'Web Locks'
  | 'BroadcastChannel'
  | 'service worker';
export type Fault = 'throws' | 'silent' | 'full';

/**
 * Breaks one API of the browser. It runs in the page, before the page's own script, so it refers to nothing outside.
 * There is no `full` for Web Locks and BroadcastChannel: neither stores anything.
 */
export function breakApi([api, fault]: readonly [Api, Fault]): void {
  const names = { throws: 'SecurityError', silent: '', full: 'QuotaExceededError' };
  const fail = (): never => {
    throw new DOMException('broken by a test', names[fault]);
  };
  const never = () => new Promise<never>(() => undefined);
  const isSilent = fault === 'silent';

  switch (api) {
    case 'localStorage': {
      if (fault === 'throws') return void Object.defineProperty(window, 'localStorage', { get: fail });
      if (isSilent) {
        const { setItem } = Storage.prototype;
        Storage.prototype.setItem = function (key, value) {
          if (this !== localStorage) setItem.call(this, key, value);
        };
        return;
      }
      // Fills the storage to its last character.
      for (let size = 4_194_304; size >= 1; size /= 2) {
        try {
          localStorage.setItem(`filler ${size}`, 'x'.repeat(size));
        } catch {}
      }
      return;
    }
    case 'IndexedDB open':
      IDBFactory.prototype.open = () => {
        if (fault === 'throws') fail();
        const request = {} as { onerror?: () => void; error: DOMException };
        request.error = new DOMException('broken by a test', names.full);
        if (!isSilent) setTimeout(() => request.onerror?.());
        return request as unknown as IDBOpenDBRequest;
      };
      return;
    case 'IndexedDB transaction':
      if (fault === 'throws') IDBDatabase.prototype.transaction = fail;
      else if (isSilent) {
        const store = new Proxy({}, { get: () => () => ({}) });
        const transaction = { objectStore: () => store, commit: () => undefined, abort: () => undefined };
        IDBDatabase.prototype.transaction = () => transaction as unknown as IDBTransaction;
      } else IDBObjectStore.prototype.put = fail;
      return;
    case 'Web Locks':
      LockManager.prototype.request = isSilent ? never : fail;
      return;
    case 'BroadcastChannel':
      if (isSilent) BroadcastChannel.prototype.postMessage = () => undefined;
      else Object.defineProperty(window, 'BroadcastChannel', { value: fail });
      return;
    case 'service worker':
      if (fault === 'throws') Object.defineProperty(navigator, 'serviceWorker', { get: fail });
      else {
        const respond = isSilent ? never : async () => fail();
        ServiceWorkerContainer.prototype.register = respond;
        ServiceWorkerContainer.prototype.getRegistration = respond;
        CacheStorage.prototype.open = respond;
      }
  }
}
