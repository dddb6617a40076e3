/** Whose code an event runs: a core or a client. After its end none of its events happens. */
export type Owner = { isEnded: boolean };

type Event = { at: number; order: number; owner: Owner | undefined; run: (() => void) | undefined };

const realImmediate = setImmediate;
const HOUR_MS = 3_600_000;

/** Time that passes from event to event, in milliseconds: the same events always happen in the same order. */
export class VirtualTime {
  now = 0;
  /** Events that happened. */
  count = 0;
  /** Who runs now, and owns the timers that it starts. */
  current: Owner | undefined;
  /** Timers that never fire. */
  ignoresTimer: (ms: number) => boolean = () => false;
  private order = 0;
  /** A binary heap, the earliest first. */
  private readonly heap: Event[] = [];

  /** Runs something later. Without an owner it must not call code that awaits. */
  after(ms: number, owner: Owner | undefined, run: () => void): Event {
    const event = { at: this.now + Math.max(0, ms), order: this.order++, owner, run };
    this.push(event);
    return event;
  }

  /** Runs something as an owner, whose timers it starts. */
  as<T>(owner: Owner, run: () => T): T {
    const before = this.current;
    this.current = owner;
    try {
      return run();
    } finally {
      this.current = before;
    }
  }

  /** Lets events happen until a time or until `isOver`. */
  async runUntil(end: number, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const next = this.heap[0];
      if (!next || next.at > end) return;
      this.pop();
      const { owner, run } = next;
      if (!run || owner?.isEnded) continue;
      this.now = next.at;
      this.count += 1;
      this.current = owner;
      run();
      if (owner) await new Promise<void>((resolve) => realImmediate(resolve));
      this.current = undefined;
    }
  }

  /** Puts this time in the place of the timers of the process. @returns a function that gives them back */
  install(): () => void {
    const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
    const now = performance.now;
    const cancel = (timer?: { event: Event }) => {
      if (timer?.event) timer.event.run = undefined;
    };
    const start = (run: () => void, ms = 0) => {
      const isIgnored = this.ignoresTimer(ms);
      const timer = {
        event: this.after(isIgnored ? HOUR_MS : ms, this.current, run),
        ref: () => timer,
        unref: () => timer,
      };
      return timer;
    };
    // The one interval of a core, its housekeeping, is longer than a schedule.
    Object.assign(globalThis, {
      setTimeout: start,
      clearTimeout: cancel,
      setInterval: start,
      clearInterval: cancel,
    });
    performance.now = () => this.now;
    return () => {
      Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval });
      performance.now = now;
    };
  }

  private push(event: Event): void {
    const { heap } = this;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Event;
      if (isBefore(above, event)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[index] = heap[child] as Event;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
