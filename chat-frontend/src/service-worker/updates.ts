import { workerAddress } from './worker-url.ts';

/** How often a page that is looked at asks for a new version, besides at its start. */
const CHECK_MS = 60 * 60 * 1_000;

export type Updates = ReturnType<typeof watchUpdates>;

type Deps = {
  now: () => number;
  onReady: () => void;
  reload?: () => void;
  address?: () => string;
};

/**
 * Keeps the worker that lets the page open without a network, and says when a new version waits. It goes on waiting until
 * somebody reloads: what is being written is never taken away. Without a container, as on plain http, nothing happens.
 */
export function watchUpdates(container: ServiceWorkerContainer | undefined, deps: Deps) {
  const { now, onReady, reload = () => location.reload(), address = workerAddress } = deps;
  let registration: ServiceWorkerRegistration | undefined;
  let ready = false;
  let wanted = false;
  let checkedAt = now();

  function found(): void {
    // Without a controller it is the first worker: the page is as new as it.
    if (ready || !container?.controller) return;
    ready = true;
    onReady();
  }

  function follow(coming: ServiceWorker | null): void {
    coming?.addEventListener('statechange', () => coming.state === 'installed' && found());
  }

  async function begin(): Promise<void> {
    if (!container) return;
    container.addEventListener('controllerchange', () => wanted && reload());
    registration = await container.register(address(), { updateViaCache: 'none' });
    if (registration.waiting) found();
    follow(registration.installing);
    registration.addEventListener('updatefound', () => follow(registration?.installing ?? null));
  }

  return {
    ready: () => ready,
    /** Resolves also where the browser refuses: private windows, full disks. The page then works as without. */
    begin: () => begin().catch(() => undefined),
    /** Asks for a new version, unless that was done a short while ago. */
    check(): void {
      if (!registration || Math.abs(now() - checkedAt) < CHECK_MS) return;
      checkedAt = now();
      registration.update().catch(() => undefined);
    },
    /** Lets the new version take over, and loads it; another tab may have let it already. */
    take(): void {
      wanted = true;
      if (registration?.waiting) registration.waiting.postMessage('activate');
      else reload();
    },
  };
}
