import type { Id, Profile } from '../../../chat-core/src/wire/wire.ts';
import type { Api } from '../api/api.ts';
import { isUnanswered } from '../api/api-error.ts';
import type { Clock } from '../clock.ts';
import { type KeyValueStore, readJson } from '../key-value-store.ts';

const KEY = 'bisik.session';
const RENEW_AFTER_MS = 24 * 60 * 60 * 1_000;

export type Session = { id: Id; username: string; token: string; renewedAt: number };
export type SessionStore = ReturnType<typeof createSessionStore>;

/** `isExpired`: the server ended the session; otherwise it was ended in a tab of this browser. */
type OnChange = (session: Session | null, isExpired: boolean) => void;

/** The signed-in account. Its token is stored in localStorage, as the seed requires, and shared by every tab. */
export function createSessionStore(keyValueStore: KeyValueStore, clock: Clock, onChange: OnChange) {
  let current = readSession(keyValueStore);
  let changing = false;
  let endedToken: string | undefined;
  /** The work that may have ended this token: its answer was lost. */
  let uncertain: (() => Promise<void>) | undefined;

  function store(next: Session | null, isExpired = false): void {
    const before = current?.id;
    current = next;
    uncertain = undefined;
    if (next) keyValueStore.setItem(KEY, JSON.stringify(next));
    else keyValueStore.removeItem(KEY);
    if (before !== next?.id) onChange(next, isExpired);
  }

  /** Ends the session of this token, or the current one; a newer token stays (an old answer may arrive after a renewal). */
  function end(token?: string): void {
    // Another tab may have renewed the token while this one was frozen.
    if (token) reread();
    if (token && changing) endedToken = token;
    else if (!current || (token && token !== current.token)) return;
    else if (token && uncertain) {
      endedToken = token;
      change(uncertain).catch(() => undefined);
    } else store(null, token !== undefined);
  }

  /** Another tab logged in, renewed or logged out. Its end of the session waits for the work of `change`, which may be a logout. */
  function reread(): void {
    if (changing) return;
    const before = current?.id;
    current = readSession(keyValueStore);
    if (before !== current?.id) onChange(current, false);
  }

  /**
   * Runs work that ends this page's own token; an end reported meanwhile waits until the work has its new token. If the
   * work's answer was lost and the token turns out to have ended, the work runs again: the server answers a repeat.
   */
  async function change(work: () => Promise<void>): Promise<void> {
    changing = true;
    uncertain = undefined;
    try {
      await work();
    } catch (thrown) {
      if (current && isUnanswered(thrown)) uncertain = work;
      throw thrown;
    } finally {
      changing = false;
      const ended = endedToken;
      endedToken = undefined;
      // Not known yet: the next report of an end runs the work again.
      if (ended && !uncertain) end(ended);
      reread();
    }
  }

  return {
    current: () => current,
    begin: (profile: Profile, token: string) =>
      store({ id: profile.id, username: profile.username, token, renewedAt: clock.now() }),
    renew(token: string): void {
      if (current) store({ ...current, token, renewedAt: clock.now() });
    },
    end,
    changing: change,
    renewalDue: () => current !== null && Math.abs(clock.now() - current.renewedAt) >= RENEW_AFTER_MS,
    reread,
    isKey: (key: string | null) => key === KEY || key === null,
  };
}

/**
 * The token of one account, the newest while it is signed in: what it still has to send must not go out in the name of an
 * account that another tab has signed in.
 */
export function tokenOf({ id, token }: Session, { current }: Pick<SessionStore, 'current'>): () => string {
  let newest = token;
  return () => {
    const now = current();
    if (now?.id === id) newest = now.token;
    return newest;
  };
}

/** The stored session of this browser, if it is valid. */
export function readSession(keyValueStore: KeyValueStore): Session | null {
  const stored = readJson(keyValueStore, KEY) as Partial<Session> | null;
  if (!stored || typeof stored !== 'object') return null;
  const { id, username, token, renewedAt } = stored;
  if (typeof id !== 'string' || typeof username !== 'string' || typeof token !== 'string') return null;
  return { id, username, token, renewedAt: typeof renewedAt === 'number' ? renewedAt : 0 };
}

const CHECK_MS = 60 * 60 * 1_000;

/** Renews the token of the session when it is due: every hour, and when `check` is called. Only the leading tab does. */
export function createTokenRefresh(
  api: Pick<Api, 'refresh'>,
  session: SessionStore,
  isLeader: () => boolean,
) {
  function check(): void {
    // The token is valid for weeks: a failed renewal is tried again at the next check.
    if (isLeader() && session.renewalDue())
      api.refresh().then(
        ({ token }) => session.renew(token),
        () => undefined,
      );
  }

  const timer = setInterval(check, CHECK_MS);
  return { check, close: () => clearInterval(timer) };
}
