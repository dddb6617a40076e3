import type { Pause } from './imported-chat.ts';
import { createJsonCursor, type JsonCursor } from './json-cursor.ts';

/** A chat of a Telegram export that can be chosen. Its messages are parsed when they are read, one by one. */
export type TelegramChat = { title: string; messages: Iterable<unknown> & { length: number } };

type Found = { name?: unknown; messages?: TelegramChat['messages'] };

/**
 * The chats in the text of a `result.json`: one, or those of a full export. Undefined when it is none. The text may have 128 MB: it is
 * walked through in pauses, and no more of it than one message is in memory as objects. `onStep` gets the place in the text.
 * @throws the reason of the signal of `pause`
 */
export async function telegramChats(
  text: string,
  pause: Pause,
  onStep: (at: number) => void = () => undefined,
): Promise<TelegramChat[] | undefined> {
  const cursor = createJsonCursor(text);
  const step = () => {
    onStep(cursor.at());
    return pause();
  };
  let list: Found[] | undefined;
  try {
    const root = await readChat(cursor, text, step, async (key) => {
      if (key !== 'chats' || !cursor.enter('{')) return false;
      for (let isFirst = true; cursor.next('}', isFirst); isFirst = false)
        if (cursor.key() !== 'list' || !cursor.enter('[')) cursor.skip();
        else list = await readList(cursor, text, step);
      return true;
    });
    const found = root?.messages ? [root] : list;
    return found?.flatMap(({ name, messages }) =>
      messages ? [{ title: typeof name === 'string' && name !== '' ? name : 'Telegram', messages }] : [],
    );
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

async function readList(cursor: JsonCursor, text: string, step: Pause): Promise<Found[]> {
  const list: Found[] = [];
  for (let isFirst = true; cursor.next(']', isFirst); isFirst = false) {
    const chat = await readChat(cursor, text, step);
    if (chat) list.push(chat);
    else cursor.skip();
  }
  return list;
}

/** The object that comes next, if it is one; `other` returns whether it has read the value of a key. */
async function readChat(
  cursor: JsonCursor,
  text: string,
  step: Pause,
  other: (key: string) => Promise<boolean> = async () => false,
): Promise<Found | undefined> {
  if (!cursor.enter('{')) return undefined;
  const found: Found = {};
  for (let isFirst = true; cursor.next('}', isFirst); isFirst = false) {
    const key = cursor.key();
    if (key === 'messages' && cursor.enter('[')) found.messages = await readMessages(cursor, text, step);
    else if (key === 'name') found.name = parsed(text.slice(...cursor.skip()));
    else if (!(await other(key))) cursor.skip();
  }
  return found;
}

async function readMessages(
  cursor: JsonCursor,
  text: string,
  step: Pause,
): Promise<TelegramChat['messages']> {
  const places: [number, number][] = [];
  for (let isFirst = true; cursor.next(']', isFirst); isFirst = false) {
    places.push(cursor.skip());
    await step();
  }
  return {
    length: places.length,
    *[Symbol.iterator]() {
      for (const place of places) yield parsed(text.slice(...place));
    },
  };
}

/** Undefined for what has the structure of JSON and is none. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
