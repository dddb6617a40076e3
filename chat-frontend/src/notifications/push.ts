import type { PushPreview, PushSubscribe } from '../../../chat-core/src/wire/wire.ts';
import { wallClock } from '../clock.ts';
import { inTime } from '../deadline.ts';
import type { KeyValueStore } from '../key-value-store.ts';

/**
 * Whether this device is told of messages while the page is closed. `insecure`: the browser forbids it on plain http.
 * `absent`: it does not know how. `denied`: its person said no, and only its own settings can undo that. `lost`: it was
 * on, and the browser has dropped it.
 */
export type PushState = 'insecure' | 'absent' | 'denied' | 'off' | 'on' | 'lost';

export type PushApi = {
  pushKey(): Promise<{ key: string }>;
  pushSubscribe(wish: PushSubscribe): Promise<unknown>;
  pushUnsubscribe(): Promise<unknown>;
  pushTest(): Promise<unknown>;
};
type Browser = {
  isSecure: boolean;
  /** The worker's registration, once there is one; absent where the browser has no push. */
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

/** One account's pushes in this browser. What was chosen is kept under `key`; the browser's own answer counts more. */
export function createPush({ browser, api, keyValueStore, key, onChange }: Deps) {
  let isLost = false;

  /** What was chosen, when it is on. */
  function chosen(): PushPreview | undefined {
    const kept = keyValueStore.getItem(key) ?? '';
    return PREVIEWS.includes(kept) ? (kept as PushPreview) : undefined;
  }

  function state(): PushState {
    if (!browser.isSecure) return 'insecure';
    if (!browser.manager) return 'absent';
    if (browser.permission() === 'denied') return 'denied';
    if (!chosen()) return 'off';
    return isLost || browser.permission() !== 'granted' ? 'lost' : 'on';
  }

  /** Subscribes, or confirms what is subscribed; one that was made for another key of the box is replaced. */
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
    /** To be called from a press of a button. Resolves to the state that came of it. @throws ApiError, DOMException */
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
    /** At each start: browsers drop subscriptions, and boxes forget them. A failing network proves nothing. */
    async check(): Promise<void> {
      const preview = chosen();
      if (!preview || state() === 'denied' || browser.permission() !== 'granted') return;
      try {
        await subscribe(preview);
      } catch (thrown) {
        // The browser's own refusal, not the box's silence.
        if (!(thrown instanceof DOMException)) return;
        isLost = true;
        onChange();
      }
    },
    test: () => api.pushTest(),
  };
}

/** Nobody is signed in here any more: whoever comes next must not be told of things that are another's. */
export async function forgetSubscription(manager: Browser['manager']): Promise<void> {
  const subscription = await (await manager?.())?.getSubscription();
  await subscription?.unsubscribe();
}

/** What this browser can do, and what its person has allowed. */
export function browserPush(container: ServiceWorkerContainer | undefined): Browser {
  const able = container && 'PushManager' in globalThis && 'Notification' in globalThis;
  return {
    isSecure: isSecureContext,
    ...(able && { manager: () => managerOf(container) }),
    permission: () => (able ? Notification.permission : 'default'),
    ask: () => Notification.requestPermission(),
  };
}

/** @throws DOMException where the browser has refused the worker, or is silent: `ready` would never come. */
async function managerOf(container: ServiceWorkerContainer): Promise<PushManager> {
  if (!(await inTime(wallClock, container.getRegistration(), undefined)))
    throw new DOMException('no worker', 'InvalidStateError');
  return (await container.ready).pushManager;
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function sameBytes(a: ArrayBuffer | null, b: Uint8Array): boolean {
  const bytes = new Uint8Array(a ?? new ArrayBuffer(0));
  return bytes.length === b.length && bytes.every((byte, at) => byte === b[at]);
}
