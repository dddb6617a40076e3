import type { Cancel, Clock } from '../clock.ts';
import { type KeyValueStore, readJson } from '../key-value-store.ts';

/** Bytes sent and received between this browser and the server, in the current calendar day and month. */
export type Usage = { today: number; month: number };
type StoredUsage = { day: string; month: string; today: number; thisMonth: number };

const KEY = 'bisik.usage';
const SAVE_AFTER_MS = 60_000;
/** The headers of a request and of its answer, as browsers and the server write them. */
const HEADER_BYTES = 700;

const monthOf = (at: number) => `${new Date(at).getFullYear()}-${new Date(at).getMonth() + 1}`;
const dayOf = (at: number) => `${monthOf(at)}-${new Date(at).getDate()}`;

/** The usage of this browser, up to a minute ago. */
export function usageOf(keyValueStore: KeyValueStore, now: number): Usage {
  const stored = readJson(keyValueStore, KEY) as Partial<StoredUsage> | null;
  return {
    today: stored?.day === dayOf(now) ? (stored.today ?? 0) : 0,
    month: stored?.month === monthOf(now) ? (stored.thisMonth ?? 0) : 0,
  };
}

/** Counts the bytes sent to the server and received from it, roughly: TLS and retransmissions are not visible here. */
export function createUsageCounter({
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
    timer ??= clock.after(SAVE_AFTER_MS, save);
  }

  function save(): void {
    timer?.();
    timer = undefined;
    const now = clock.now();
    const { today, month } = usageOf(keyValueStore, now);
    const usage: StoredUsage = {
      day: dayOf(now),
      month: monthOf(now),
      today: today + counted,
      thisMonth: month + counted,
    };
    counted = 0;
    keyValueStore.setItem(KEY, JSON.stringify(usage));
  }

  return {
    save,
    async fetch(url: string | URL | Request, init?: RequestInit): Promise<Response> {
      add(HEADER_BYTES + (typeof init?.body === 'string' ? init.body.length : 0));
      const response = await fetch(url, init);
      const length = response.headers.get('Content-Length');
      if (length !== null) add(Number(length) || 0);
      // The body was compressed on its way: what is read here is more than what was received, but nothing better is known.
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
