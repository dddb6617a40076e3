import { expect, test, vi } from 'vitest';
import { watchUpdates } from './updates.ts';

class Worker extends EventTarget {
  state = 'installing';
  readonly received: unknown[] = [];
  postMessage(message: unknown): void {
    this.received.push(message);
  }
  become(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}

/** A browser's container with one registration. `controlled`: a worker already serves the page. */
function browser({ controlled, waiting }: { controlled: boolean; waiting?: Worker }) {
  const registration = Object.assign(new EventTarget(), {
    active: controlled ? new Worker() : null,
    waiting: waiting ?? null,
    installing: null as Worker | null,
    update: vi.fn(async () => undefined),
  });
  const container = Object.assign(new EventTarget(), {
    controller: controlled ? new Worker() : null,
    register: vi.fn(async () => registration),
  });
  const clock = { now: 0 };
  const onReady = vi.fn();
  const reload = vi.fn();
  const updates = watchUpdates(container as unknown as ServiceWorkerContainer, {
    now: () => clock.now,
    onReady,
    reload,
    url: () => '/sw.js',
  });
  function find(worker: Worker): void {
    registration.installing = worker;
    registration.dispatchEvent(new Event('updatefound'));
  }
  return { registration, container, clock, onReady, reload, updates, find };
}

test.each([false, true])(
  'the first worker does not count as a new version (controls the page before it is installed: %s)',
  async (isControlling) => {
    const { updates, onReady, find, container } = browser({ controlled: false });
    await updates.begin();
    const worker = new Worker();
    find(worker);
    if (isControlling) container.controller = worker;
    worker.become('installed');
    expect(onReady).not.toHaveBeenCalled();
  },
);

test('a new version waits, is reported once, and takes over only when the person accepts it', async () => {
  const { updates, onReady, reload, registration, container, find } = browser({ controlled: true });
  await updates.begin();
  const worker = new Worker();
  find(worker);
  expect(updates.ready()).toBe(false);
  worker.become('installed');
  registration.waiting = worker;
  expect([updates.ready(), onReady.mock.calls.length, worker.received]).toEqual([true, 1, []]);
  updates.take();
  expect([worker.received, reload.mock.calls.length]).toEqual([['activate'], 0]);
  container.dispatchEvent(new Event('controllerchange'));
  expect(reload).toHaveBeenCalledOnce();
});

test('a new version that was found while no page was open is reported at the start', async () => {
  const { updates, onReady } = browser({ controlled: true, waiting: new Worker() });
  await updates.begin();
  expect(onReady).toHaveBeenCalledOnce();
});

test('a new version that another tab has activated does not reload this tab until the person accepts it here', async () => {
  const { updates, reload, container } = browser({ controlled: true });
  await updates.begin();
  container.dispatchEvent(new Event('controllerchange'));
  expect(reload).not.toHaveBeenCalled();
  updates.take();
  expect(reload).toHaveBeenCalledOnce();
});

test('a visible page checks for a new version once an hour', async () => {
  const { updates, registration, clock } = browser({ controlled: true });
  await updates.begin();
  updates.check();
  clock.now = 60 * 60 * 1_000;
  updates.check();
  updates.check();
  expect(registration.update).toHaveBeenCalledOnce();
});

test('a page works where the browser has no service workers or refuses this one', async () => {
  const onReady = vi.fn();
  await watchUpdates(undefined, { now: () => 0, onReady }).begin();
  const { updates, container } = browser({ controlled: false });
  container.register.mockRejectedValue(new DOMException('no', 'SecurityError'));
  await updates.begin();
  updates.check();
  expect(onReady).not.toHaveBeenCalled();
});
