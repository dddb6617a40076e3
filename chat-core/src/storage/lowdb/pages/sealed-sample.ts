import type { SealedSample } from '../../store.ts';
import type { State } from '../state/state.ts';
import type { History } from './history.ts';

/** The newest rows of so many conversations: a few, since the newest may be deleted. */
const ROWS_EACH = 4;

/** The newest messages of the `limit` conversations that changed last, and `limit` people who say something of themselves. */
export async function sampleSealed(state: State, history: History, limit: number): Promise<SealedSample> {
  const newest = [...state.conversationStates()]
    .map(({ header }) => header)
    .filter(({ lastSeq }) => lastSeq > 0)
    .sort((a, b) => b.rev - a.rev)
    .slice(0, limit);
  const pages = await Promise.all(
    newest.map(({ id }) => history.page(id, Number.POSITIVE_INFINITY, ROWS_EACH)),
  );
  return { messages: pages.flat(), accounts: state.people.accounts.withProfile(limit) };
}
