import { askOnce, openConnection } from './connection.ts';
import { type Person, pollText } from './request.ts';

/** The present cursor of each, by their first poll, some at a time. @throws Error with the answer when one is refused */
export async function cursorsOf(port: number, people: Person[]): Promise<string[]> {
  const cursors: string[] = [];
  let next = 0;
  const work = async () => {
    const connection = openConnection(port);
    for (let n = next++; n < people.length; n = next++) {
      const bytes = Buffer.from(pollText(people[n]?.token ?? '', undefined), 'latin1');
      const { status, text } = await askOnce(connection, bytes);
      if (status !== 200) throw new Error(`a first poll was answered ${status}: ${text}`);
      cursors[n] = (JSON.parse(text) as { cursor: string }).cursor;
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return cursors;
}
