import { wallClock } from '../clock.ts';
import { inTime } from '../deadline.ts';
import { createNotices } from './notices.ts';
import type { Scope } from './scope.ts';
import { type Build, createShell } from './shell.ts';
import { keptLanguage } from './worker-language.ts';

declare const __BUILD__: Build;
declare const __API_BASE__: string;

const scope = self as unknown as Scope;
const shell = createShell(__BUILD__, caches, fetch.bind(globalThis));
const notices = createNotices(scope, () => inTime(wallClock, keptLanguage(caches), undefined));

scope.addEventListener('install', (event) => {
  event.waitUntil(shell.fill());
  // Where the browser can be told, the API's requests do not even wake the worker.
  const api = { condition: { urlPattern: `${__API_BASE__}/*` }, source: 'network' } as const;
  event.addRoutes?.([api])?.catch(() => undefined);
});
// The first worker serves the tab that has brought it, too; a later one waits until somebody reloads.
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
scope.addEventListener('push', (event) => event.waitUntil(notices.push(() => event.data?.json())));
scope.addEventListener('notificationclick', (event) => event.waitUntil(notices.click(event.notification)));
