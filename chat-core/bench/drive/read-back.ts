import { askOnce, openConnection } from './connection.ts';
import { type Person, requestText } from './request.ts';

/** Ids of messages that were acknowledged to this process and not yet read back. */
export const acknowledged = new Set<string>();

/** Reads the whole conversations of these people, each once. */
export type ReadBackOrder = { kind: 'readBack'; port: number; readers: Person[] };
export type ReadBack = { acknowledged: number; missing: number; twice: number; holes: number };

const PAGE = 200;

/** Counts acknowledged messages that are missing or stored twice, and gaps in the history. */
export async function readBack({ port, readers }: ReadBackOrder): Promise<ReadBack> {
  const total = acknowledged.size;
  const once = [...new Map(readers.map((one) => [one.conversationId, one])).values()];
  const seen = new Set<string>();
  let [twice, holes, next] = [0, 0, 0];
  const work = async () => {
    const connection = openConnection(port);
    for (let n = next++; n < once.length; n = next++) {
      const { id: myId, token, conversationId } = once[n] as Person;
      for (let before: number | undefined; before !== 1; ) {
        const path = `/chat/history?myId=${myId}&conversationId=${conversationId}&limit=${PAGE}`;
        const older = before === undefined ? path : `${path}&before=${before}`;
        const { status, text } = await askOnce(connection, Buffer.from(requestText('GET', older, { token })));
        if (status !== 200) throw new Error(`history was answered ${status}: ${text}`);
        const page = JSON.parse(text) as { id: string; seq: number }[];
        for (const [index, { id, seq }] of page.entries()) {
          if (seq !== (page[0]?.seq ?? 0) + index) holes += 1;
          if (seen.has(id)) twice += 1;
          seen.add(id);
        }
        if (before !== undefined && page.at(-1)?.seq !== before - 1) holes += 1;
        before = page[0]?.seq ?? 1;
      }
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: 2 }, work));
  const missing = [...acknowledged].filter((id) => !seen.has(id)).length;
  acknowledged.clear();
  return { acknowledged: total, missing, twice, holes };
}
