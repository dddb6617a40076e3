import type { Id, SearchPage } from '../../../chat-core/src/wire/wire.ts';
import type { Http } from './http.ts';

/** The server answers within seconds; a search may have to wait for two others. */
const TIMEOUT_MS = 30_000;

/** One page of a search in a conversation, or in all. `before` is that of the page before. Rejects with ApiError only. */
export async function searchMessages(
  http: Http,
  query: { q: string; conversationId?: Id; before?: string },
  signal: AbortSignal,
): Promise<SearchPage> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await http.request('GET', '/search', {
    query,
    signal: AbortSignal.any([signal, timeout]),
  });
  return (await response.json()) as SearchPage;
}
