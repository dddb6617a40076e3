import { wallClock } from '../clock.ts';
import { withTimeout } from '../deadline.ts';
import { createPushHandler } from './push-handler.ts';
import type { Scope } from './scope.ts';
import { type Build, createShell } from './shell.ts';
import { storedLanguage } from './worker-language.ts';

declare const __BUILD__: Build;
declare const __API_BASE__: string;

const scope = self as unknown as Scope;
const shell = createShell(__BUILD__, caches, fetch.bind(globalThis));
const pushHandler = createPushHandler(scope, () => withTimeout(wallClock, storedLanguage(caches), undefined));

scope.addEventListener('install', (event) => {
  event.waitUntil(shell.fill());
  // If the browser supports static routes, API requests do not start the worker.
  const api = { condition: { urlPattern: `${__API_BASE__}/*` }, source: 'network' } as const;
  event.addRoutes?.([api])?.catch(() => undefined);
});
// The first worker also serves the tab that installed it; a new version waits until the person reloads.
scope.addEventListener('activate', (event) =>
  event.waitUntil(shell.sweep().then(() => scope.clients.claim())),
);
scope.addEventListener('fetch', (event) => {
  const path = shell.pathOf(event.request, scope.location.origin);
  if (path) event.respondWith(shell.answer(path, event.request));
});
scope.addEventListener('message', ({ data }) => {
  if (data === 'activate') void scope.skipWaiting();
});
scope.addEventListener('push', (event) => event.waitUntil(pushHandler.push(() => event.data?.json())));
scope.addEventListener('notificationclick', (event) =>
  event.waitUntil(pushHandler.click(event.notification)),
);
