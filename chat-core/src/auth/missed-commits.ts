import type { Id } from '../wire/wire.ts';
import { authenticate, type Sessions } from './sessions.ts';

/** Whoever was served here so recently is not behind: a load balancer keeps a person at one core. */
const RECENT_MS = 2000;
/** People whose last request is remembered; of one that is forgotten the core waits once more. */
const MAX_KNOWN = 10_000;

/**
 * What a core waits for before it handles a request, so that it has seen what other cores did: before it refuses a token, which
 * another may have issued just now, and for a person whose last request was not here, and who may ask for what they have just done
 * at another core. While the database is away, a known person is served as of the last commit seen. Undefined where no other
 * core is there.
 * @param now monotonic milliseconds
 */
export function createMissedCommits(
  sessions: Sessions,
  now: () => number = () => performance.now(),
): ((token: string) => Promise<void> | undefined) | undefined {
  const { store, tokens } = sessions;
  const { catchUp } = store;
  if (!catchUp) return undefined;
  const servedAt = new Map<Id, number>();
  return (token) => {
    const caller = authenticate(sessions, token);
    if (!caller) return tokens.verify(token) ? catchUp() : undefined;
    const { userId } = caller;
    const at = now();
    const wasRecent = at - (servedAt.get(userId) ?? Number.NEGATIVE_INFINITY) < RECENT_MS;
    servedAt.delete(userId);
    servedAt.set(userId, at);
    const [oldest] = servedAt.keys();
    if (servedAt.size > MAX_KNOWN && oldest !== undefined) servedAt.delete(oldest);
    return wasRecent ? undefined : catchUp().catch(() => {});
  };
}
