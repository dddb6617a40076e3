import type { PushPreview, PushSubscribe } from '../../../chat-core/src/wire/wire.ts';
import { wallClock } from '../clock.ts';
import { withTimeout } from '../deadline.ts';
import type { KeyValueStore } from '../key-value-store.ts';

/**
 * Whether this device receives pushes while the page is closed. `insecure`: the browser forbids it on plain http.
 * `absent`: it does not support it. `denied`: the person refused, and only the settings of the browser can undo that.
 * `lost`: it was on, and the browser has dropped the subscription.
 */
export type PushState = 'insecure' | 'absent' | 'denied' | 'off' | 'on' | 'lost';

export type PushApi = {
  pushKey(): Promise<{ key: string }>;
  pushSubscribe(input: PushSubscribe): Promise<unknown>;
  pushUnsubscribe(): Promise<unknown>;
  pushTest(): Promise<unknown>;
};
type Browser = {
  isSecure: boolean;
  /** Of the worker's registration; absent where the browser has no push. */
  manager?: () => Promise<PushManager>;
  permission: () => NotificationPermission;
  ask: () => Promise<NotificationPermission>;
};
type Deps = {
  browser: Browser;
  api: PushApi;
  keyValueStore: KeyValueStore;
  key: string;
  onChange: () => void;
};
export type Push = ReturnType<typeof createPush>;

const PREVIEWS: readonly string[] = ['full', 'name', 'none'];

/** One account's pushes in this browser. The choice is stored under `key`; the state of the browser overrides it. */
export function createPush({ browser, api, keyValueStore, key, onChange }: Deps) {
  let isLost = false;

  /** The chosen preview; undefined when pushes are off. */
  function chosen(): PushPreview | undefined {
    const stored = keyValueStore.getItem(key) ?? '';
    return PREVIEWS.includes(stored) ? (stored as PushPreview) : undefined;
  }

  function state(): PushState {
    if (!browser.isSecure) return 'insecure';
    if (!browser.manager) return 'absent';
    if (browser.permission() === 'denied') return 'denied';
    if (!chosen()) return 'off';
    return isLost || browser.permission() !== 'granted' ? 'lost' : 'on';
  }

  /** Subscribes, or confirms the subscription to the server; one for another key of the server is replaced. */
  async function subscribe(preview: PushPreview): Promise<void> {
    const manager = await browser.manager?.();
    if (!manager) return;
    const applicationServerKey = fromBase64url((await api.pushKey()).key);
    const found = await manager.getSubscription();
    const isOurs = found && sameBytes(found.options.applicationServerKey, applicationServerKey);
    if (found && !isOurs) await found.unsubscribe();
    const options = { userVisibleOnly: true, applicationServerKey };
    const { endpoint, keys } = (isOurs ? found : await manager.subscribe(options)).toJSON();
    const { p256dh = '', auth = '' } = keys ?? {};
    await api.pushSubscribe({ endpoint: endpoint ?? '', keys: { p256dh, auth }, preview });
    isLost = false;
    keyValueStore.setItem(key, preview);
    onChange();
  }

  return {
    state,
    preview: () => chosen() ?? 'name',
    /** To be called from a click. Resolves with the resulting state. @throws ApiError, DOMException */
    async enable(preview: PushPreview = 'name'): Promise<PushState> {
      if ((await browser.ask()) === 'granted') await subscribe(preview);
      return state();
    },
    async disable(): Promise<void> {
      keyValueStore.removeItem(key);
      onChange();
      await forgetSubscription(browser.manager);
      await api.pushUnsubscribe();
    },
    /** To be called at each start: browsers drop subscriptions, and servers lose them. A network failure proves nothing. */
    async check(): Promise<void> {
      const preview = chosen();
      if (!preview || state() === 'denied' || browser.permission() !== 'granted') return;
      try {
        await subscribe(preview);
      } catch (thrown) {
        // Only a refusal of the browser counts, not a server that does not answer.
        if (!(thrown instanceof DOMException)) return;
        isLost = true;
        onChange();
      }
    },
    test: () => api.pushTest(),
  };
}

/** For a logout: the next person at this browser must not receive the pushes of the last one. */
export async function forgetSubscription(manager: Browser['manager']): Promise<void> {
  const subscription = await (await manager?.())?.getSubscription();
  await subscription?.unsubscribe();
}

/** What this browser supports, and what the person has allowed. */
export function browserPush(container: ServiceWorkerContainer | undefined): Browser {
  const isSupported = container && 'PushManager' in globalThis && 'Notification' in globalThis;
  return {
    isSecure: isSecureContext,
    ...(isSupported && { manager: () => managerOf(container) }),
    permission: () => (isSupported ? Notification.permission : 'default'),
    ask: () => Notification.requestPermission(),
  };
}

/** @throws DOMException where the browser refused the worker or does not answer: `ready` would never resolve. */
async function managerOf(container: ServiceWorkerContainer): Promise<PushManager> {
  if (!(await withTimeout(wallClock, container.getRegistration(), undefined)))
    throw new DOMException('no worker', 'InvalidStateError');
  return (await container.ready).pushManager;
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

function sameBytes(a: ArrayBuffer | null, b: Uint8Array): boolean {
  const bytes = new Uint8Array(a ?? new ArrayBuffer(0));
  return bytes.length === b.length && bytes.every((byte, index) => byte === b[index]);
}
