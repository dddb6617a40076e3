import type { Client } from 'pg';
import { NO_OFF_TIMES } from '../../../off-time.ts';
import type { BoxRows } from '../../box-rows.ts';
import type { StoredMessage, StoredPicture } from '../../store.ts';
import { readReplica } from '../replica/load-replica.ts';

/** All rows of a database, as the transaction of the caller sees them. */
export async function readBox(client: Client): Promise<BoxRows> {
  const { replica, box } = await readReplica(client);
  return {
    state: replica.state,
    history: {
      between: async (id, from, to) => {
        const { rows } = await client.query<{ doc: StoredMessage }>(
          'select doc from messages where conversation_id = $1 and seq between $2 and $3 order by seq',
          [id, from, to],
        );
        return rows.map(({ doc }) => doc);
      },
    },
    pictures: {
      read: async (state, id) => {
        const named = state.pictureIdOf(id);
        if (named === undefined) return undefined;
        const { rows } = await client.query<{ doc: StoredPicture }>(
          'select doc from pictures where user_id = $1',
          [id],
        );
        if (rows[0]?.doc.id !== named) throw new Error(`the picture of ${id} is not in the database`);
        return rows[0].doc;
      },
    },
    revision: replica.revision,
    last: replica.last,
    settings: box.settings ?? undefined,
    sealedWith: box.sealed_with ?? undefined,
    offTimes: box.off_times ?? NO_OFF_TIMES,
    epoch: box.epoch,
  };
}
