import type { Id, Profile } from '../../../chat-core/src/wire/wire.ts';
import { isUnanswered } from '../api/api-error.ts';
import type { Clock } from '../clock.ts';
import { type KeyValueStore, readJson } from '../key-value-store.ts';

const KEY = 'bisik.session';
const RENEW_AFTER_MS = 24 * 60 * 60 * 1_000;

export type Session = { id: Id; username: string; token: string; renewedAt: number };
export type Sessions = ReturnType<typeof createSession>;

/** `isTold`: the box said that the session has ended; else it was ended here, in this tab or another. */
type OnChange = (session: Session | null, isTold: boolean) => void;

/** Who am I. The token is kept in localStorage as the seed says; every tab of the browser shares it. */
export function createSession(keyValueStore: KeyValueStore, clock: Clock, onChange: OnChange) {
  let current = readSession(keyValueStore);
  let changing = false;
  let told: string | undefined;
  /** What may have ended this token: its answer was lost. */
  let unsure: (() => Promise<void>) | undefined;

  function keep(next: Session | null, isTold = false): void {
    const before = current?.id;
    current = next;
    unsure = undefined;
    if (next) keyValueStore.setItem(KEY, JSON.stringify(next));
    else keyValueStore.removeItem(KEY);
    if (before !== next?.id) onChange(next, isTold);
  }

  /** Ends the session of this token, or whichever it is; a newer token stays (an old answer may arrive after a renewal). */
  function end(token?: string): void {
    if (token && changing) told = token;
    else if (!current || (token && token !== current.token)) return;
    else if (token && unsure) {
      told = token;
      change(unsure).catch(() => undefined);
    } else keep(null, token !== undefined);
  }

  /**
   * Does what ends this page's own token: who is told of that end meanwhile waits until it is known what comes instead.
   * When the answer was lost, and the token turns out to have ended, it is done again: the box answers a repeat.
   */
  async function change(work: () => Promise<void>): Promise<void> {
    changing = true;
    unsure = undefined;
    try {
      await work();
    } catch (thrown) {
      if (current && isUnanswered(thrown)) unsure = work;
      throw thrown;
    } finally {
      changing = false;
      const ended = told;
      told = undefined;
      // Not known yet: whoever is told next asks again.
      if (ended && !unsure) end(ended);
    }
  }

  return {
    current: () => current,
    begin: (profile: Profile, token: string) =>
      keep({ id: profile.id, username: profile.username, token, renewedAt: clock.now() }),
    renew(token: string): void {
      if (current) keep({ ...current, token, renewedAt: clock.now() });
    },
    end,
    changing: change,
    renewalDue: () => current !== null && Math.abs(clock.now() - current.renewedAt) >= RENEW_AFTER_MS,
    /** Another tab logged in, renewed or logged out. */
    reread(): void {
      const before = current?.id;
      current = readSession(keyValueStore);
      if (before !== current?.id) onChange(current, false);
    },
    isKey: (key: string | null) => key === KEY || key === null,
  };
}

/** Whoever is signed in on this browser. */
export function readSession(keyValueStore: KeyValueStore): Session | null {
  const kept = readJson(keyValueStore, KEY) as Partial<Session> | null;
  if (!kept || typeof kept !== 'object') return null;
  const { id, username, token, renewedAt } = kept;
  if (typeof id !== 'string' || typeof username !== 'string' || typeof token !== 'string') return null;
  return { id, username, token, renewedAt: typeof renewedAt === 'number' ? renewedAt : 0 };
}
