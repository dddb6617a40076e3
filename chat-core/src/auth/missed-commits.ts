import { authenticate, type Sessions } from './sessions.ts';

/**
 * What a core waits for before it refuses a token: that it has seen what other cores did, one of which may have issued it
 * just now. Undefined where the token is known, is none of this box, or no other core is there.
 */
export function missedCommits(sessions: Sessions, token: string): Promise<void> | undefined {
  const { store, tokens } = sessions;
  if (!store.catchUp || !tokens.verify(token) || authenticate(sessions, token)) return undefined;
  return store.catchUp();
}
