import type { FileRef } from '../../store.ts';
import { clientConfig, connect } from '../connections/connection.ts';
import { startError } from '../connections/database-error.ts';

/** The ids, of files of one conversation, that a message or an upload names. All of `refs` are of the same conversation. */
export type NamedOf = (refs: FileRef[]) => Promise<Set<string>>;

/** In one statement: a message claims its uploads in one commit, so each is in one of both. */
const STATEMENT = `
  select id from uploads where conversation_id = $1 and id = any($2)
  union
  select file ->> 'id' from messages, json_array_elements(doc -> 'attachments') as file
  where conversation_id = $1 and file ->> 'id' = any($2)`;

/**
 * Runs `work` with a look at what a database names. A file is asked for after it was seen: its row is there before its first byte.
 * @throws Error with a sentence that names the cure
 */
export async function withNamedFiles<T>(
  databaseUrl: string,
  work: (namedOf: NamedOf) => Promise<T>,
): Promise<T> {
  const client = await connect(clientConfig(databaseUrl), () => {}).catch((error) =>
    Promise.reject(startError(databaseUrl, error)),
  );
  try {
    return await work(async (refs) => {
      const [first] = refs;
      if (!first) return new Set();
      const ids = refs.map(({ id }) => id);
      const { rows } = await client
        .query<{ id: string }>(STATEMENT, [first.conversationId, ids])
        .catch((error) => Promise.reject(startError(databaseUrl, error)));
      return new Set(rows.map(({ id }) => id));
    });
  } finally {
    await client.end().catch(() => {});
  }
}
