import type { Id, Profile } from '../../../../chat-core/src/wire/wire.ts';
import type { Chat } from '../../state/chat.ts';
import { el } from '../el.ts';

/** @ and what may be a username, not inside a word, an e-mail address or a URL. */
const CANDIDATE = /(?<![\p{L}\p{N}\p{M}_@./:-])@([\p{L}\p{N}\p{M}._-]+)/gu;
/** Punctuation of the sentence, which a username may contain too. */
const TRAILING = /[._-]$/;
/** As many as the server takes. */
const MAX_MENTIONS = 64;

type Mention = { userId: Id; start: number; end: number };

/** How a person is mentioned in a text. */
export const mentionOf = ({ username }: Pick<Profile, 'username'>): string => `@${username}`;

/** The mentions of these people in a text, by username, in any case. */
export function findMentions(text: string, people: readonly Profile[]): Mention[] {
  if (!text.includes('@')) return [];
  const byName = new Map(people.map(({ id, username }) => [fold(username), id]));
  return [...text.matchAll(CANDIDATE)].flatMap(({ 1: found = '', index }) => {
    for (let name = found; name; name = name.slice(0, -1)) {
      const userId = byName.get(fold(name));
      if (userId) return [{ userId, start: index, end: index + 1 + name.length }];
      if (!TRAILING.test(name)) break;
    }
    return [];
  });
}

const fold = (name: string) => name.normalize('NFKC').toLowerCase();

/** The members of a group that a text mentions, except its author. */
export function mentionedIn(text: string, { members }: Chat, authorId: Id | undefined): Id[] {
  const ids = findMentions(text, members).map(({ userId }) => userId);
  return [...new Set(ids)].filter((id) => id !== authorId).slice(0, MAX_MENTIONS);
}

/** Emphasises mentions in the text nodes of an element, those of `myId` more; the text itself stays the same. */
export function emphasizeMentions(node: Element, people: readonly Profile[], myId: Id | undefined): void {
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    if (text.parentElement?.closest('a, .mention')) continue;
    for (const { userId, start, end } of findMentions(text.data, people).reverse()) {
      const mention = text.splitText(start);
      mention.splitText(end - start);
      const emphasis = el('strong', { class: userId === myId ? 'mention mention-me' : 'mention' });
      mention.replaceWith(emphasis);
      emphasis.append(mention);
    }
  }
}
