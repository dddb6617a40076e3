/** The part of ServiceWorkerGlobalScope that this worker uses: the DOM types of the page do not have it. */
export type ExtendableEvent = Event & { waitUntil(work: Promise<unknown>): void };
/** `addRoutes`: Chromium, from 123. */
export type InstallEvent = ExtendableEvent & {
  addRoutes?(rules: { condition: { urlPattern: string }; source: 'network' }[]): Promise<void>;
};
export type FetchEvent = ExtendableEvent & {
  request: Request;
  respondWith(response: Promise<Response>): void;
};
export type PushEvent = ExtendableEvent & { data: { json(): unknown } | null };
export type NotificationEvent = ExtendableEvent & { notification: Notification };
export type ExtendableMessageEvent = ExtendableEvent & { data: unknown; ports: readonly MessagePort[] };
export type Tab = {
  focused: boolean;
  visibilityState: DocumentVisibilityState;
  postMessage(message: unknown, ports?: MessagePort[]): void;
  focus(): Promise<Tab>;
};

export type Scope = {
  location: { origin: string };
  registration: Pick<ServiceWorkerRegistration, 'showNotification' | 'getNotifications'>;
  clients: {
    matchAll(options: { type: 'window'; includeUncontrolled: true }): Promise<readonly Tab[]>;
    openWindow(url: string): Promise<unknown>;
    claim(): Promise<void>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install', listener: (event: InstallEvent) => void): void;
  addEventListener(type: 'activate', listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
  addEventListener(type: 'push', listener: (event: PushEvent) => void): void;
  addEventListener(type: 'notificationclick', listener: (event: NotificationEvent) => void): void;
  addEventListener(type: 'message', listener: (event: ExtendableMessageEvent) => void): void;
};
