import { workerUrl } from './worker-url.ts';

/** A visible page checks for a new version at its start and this often. */
const CHECK_MS = 60 * 60 * 1_000;

export type Updates = ReturnType<typeof watchUpdates>;

type Deps = {
  now: () => number;
  onReady: () => void;
  reload?: () => void;
  url?: () => string;
};

/**
 * Registers the worker that lets the page open without a network, and reports when a new version waits. It waits until the
 * person reloads, so that a text being written is never lost. Without a container, as on plain http, nothing happens.
 */
export function watchUpdates(container: ServiceWorkerContainer | undefined, deps: Deps) {
  const { now, onReady, reload = () => location.reload(), url = workerUrl } = deps;
  let registration: ServiceWorkerRegistration | undefined;
  let isReady = false;
  let isAccepted = false;
  let checkedAt = now();

  function found(): void {
    // Without a controller it is the first worker: the page is as new as it.
    if (isReady || !container?.controller) return;
    isReady = true;
    onReady();
  }

  function watch(worker: ServiceWorker | null): void {
    // WebKit lets the first worker control the page before it announces its installation.
    if (!registration?.active) return;
    worker?.addEventListener('statechange', () => worker.state === 'installed' && found());
  }

  async function begin(): Promise<void> {
    if (!container) return;
    container.addEventListener('controllerchange', () => isAccepted && reload());
    registration = await container.register(url(), { updateViaCache: 'none' });
    if (registration.waiting) found();
    watch(registration.installing);
    registration.addEventListener('updatefound', () => watch(registration?.installing ?? null));
  }

  return {
    ready: () => isReady,
    /** Resolves also where the browser refuses (private windows, full disks); the page then works without a worker. */
    begin: () => begin().catch(() => undefined),
    /** Checks for a new version, at most once in `CHECK_MS`. */
    check(): void {
      if (!registration || Math.abs(now() - checkedAt) < CHECK_MS) return;
      checkedAt = now();
      registration.update().catch(() => undefined);
    },
    /** Activates the new version and reloads; another tab may have activated it already. */
    take(): void {
      isAccepted = true;
      if (registration?.waiting) registration.waiting.postMessage('activate');
      else reload();
    },
  };
}
