/** What a service worker sees of the browser, as far as ours uses it: the page's own types do not know it. */
export type Extendable = Event & { waitUntil(work: Promise<unknown>): void };
/** `addRoutes`: Chromium’s, from 123. */
export type Installing = Extendable & {
  addRoutes?(rules: { condition: { urlPattern: string }; source: 'network' }[]): Promise<void>;
};
export type Fetching = Extendable & { request: Request; respondWith(answer: Promise<Response>): void };
export type Pushed = Extendable & { data: { json(): unknown } | null };
export type Clicked = Extendable & { notification: Notification };
export type Told = Extendable & { data: unknown; ports: readonly MessagePort[] };
export type Tab = {
  focused: boolean;
  visibilityState: DocumentVisibilityState;
  postMessage(note: unknown, ports?: MessagePort[]): void;
  focus(): Promise<Tab>;
};

export type Scope = {
  location: { origin: string };
  registration: Pick<ServiceWorkerRegistration, 'showNotification' | 'getNotifications'>;
  clients: {
    matchAll(wanted: { type: 'window'; includeUncontrolled: true }): Promise<readonly Tab[]>;
    openWindow(address: string): Promise<unknown>;
    claim(): Promise<void>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install', listener: (event: Installing) => void): void;
  addEventListener(type: 'activate', listener: (event: Extendable) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
  addEventListener(type: 'push', listener: (event: Pushed) => void): void;
  addEventListener(type: 'notificationclick', listener: (event: Clicked) => void): void;
  addEventListener(type: 'message', listener: (event: Told) => void): void;
};
