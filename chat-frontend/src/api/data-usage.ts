import type { Cancel, Clock } from '../clock.ts';
import { type KeyValueStore, readJson } from '../key-value-store.ts';

/** Bytes between this browser and the box, both ways: of the calendar day and month that are now. */
export type Usage = { today: number; month: number };
type Kept = { day: string; month: string; today: number; thisMonth: number };

const KEY = 'bisik.usage';
const KEEP_AFTER_MS = 60_000;
/** The heads of a request and of its answer, as browsers and the box write them. */
const HEADS_BYTES = 700;

const monthOf = (at: number) => `${new Date(at).getFullYear()}-${new Date(at).getMonth() + 1}`;
const dayOf = (at: number) => `${monthOf(at)}-${new Date(at).getDate()}`;

/** What was counted in this browser up to a minute ago. */
export function usageOf(keyValueStore: KeyValueStore, now: number): Usage {
  const kept = readJson(keyValueStore, KEY) as Partial<Kept> | null;
  return {
    today: kept?.day === dayOf(now) ? (kept.today ?? 0) : 0,
    month: kept?.month === monthOf(now) ? (kept.thisMonth ?? 0) : 0,
  };
}

/** Counts what goes to the box and comes from it, about: neither encryption nor repeated packets are seen here. */
export function createMeter({
  keyValueStore,
  clock,
  fetch,
}: {
  keyValueStore: KeyValueStore;
  clock: Clock;
  fetch: typeof globalThis.fetch;
}) {
  let counted = 0;
  let timer: Cancel | undefined;

  function add(bytes: number): void {
    counted += bytes;
    timer ??= clock.after(KEEP_AFTER_MS, keep);
  }

  function keep(): void {
    timer?.();
    timer = undefined;
    const now = clock.now();
    const { today, month } = usageOf(keyValueStore, now);
    const kept: Kept = {
      day: dayOf(now),
      month: monthOf(now),
      today: today + counted,
      thisMonth: month + counted,
    };
    counted = 0;
    keyValueStore.setItem(KEY, JSON.stringify(kept));
  }

  return {
    keep,
    async fetch(url: string | URL | Request, init?: RequestInit): Promise<Response> {
      add(HEADS_BYTES + (typeof init?.body === 'string' ? init.body.length : 0));
      const response = await fetch(url, init);
      const length = response.headers.get('Content-Length');
      if (length !== null) add(Number(length) || 0);
      // Compressed on its way: what is read here is more than what came, and the best there is to know.
      else if (response.body)
        void response
          .clone()
          .arrayBuffer()
          .then(
            ({ byteLength }) => add(byteLength),
            () => undefined,
          );
      return response;
    },
  };
}
