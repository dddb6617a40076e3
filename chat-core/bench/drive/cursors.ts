import { askOnce, openConnection } from './connection.ts';
import { type Person, pollText } from './request.ts';

/** A cursor is a receipt, which is news to others, whose cursor is news again: after so many rounds all is told. */
const ROUNDS = 4;

/** The present cursor of each, from which nothing is new, some at a time. @throws Error with the answer when one is refused */
export async function cursorsOf(port: number, people: Person[]): Promise<string[]> {
  const cursors: string[] = [];
  for (let round = 0; round < ROUNDS; round++) await pollAll(port, people, cursors);
  return cursors;
}

async function pollAll(port: number, people: Person[], cursors: string[]): Promise<void> {
  let next = 0;
  const work = async () => {
    const connection = openConnection(port);
    for (let n = next++; n < people.length; n = next++) {
      const bytes = Buffer.from(pollText(people[n]?.token ?? '', cursors[n]), 'latin1');
      const { status, text } = await askOnce(connection, bytes);
      if (status === 204) continue;
      if (status !== 200) throw new Error(`a poll was answered ${status}: ${text}`);
      cursors[n] = (JSON.parse(text) as { cursor: string }).cursor;
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: 8 }, work));
}
