import type { StoredMessage } from '../storage/store.ts';
import { withoutControls } from '../wire/text.ts';
import type { Message } from '../wire/wire.ts';

const MAX_NAME = 64;
const DIRECTIONS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

type Imported = Pick<StoredMessage, 'imported'>;

/** The name of an author as it is sealed: one line of at most 64 code points, empty for a line of the app itself. */
export function readAuthor(raw = ''): string {
  const line = withoutControls(raw.toWellFormed()).replace(DIRECTIONS, '').replace(/\s+/gu, ' ').trim();
  return [...line].slice(0, MAX_NAME).join('').trim();
}

/** What is sealed of an imported row: the author's name, a line feed, and the text. A name has no line feed. */
export function sealedForm(name: string, text: string): string {
  return `${name}\n${text}`;
}

/** The text of a message, from what was sealed of it; empty where it did not open. */
export function textOf({ imported }: Imported, opened = ''): string {
  return imported ? opened.slice(opened.indexOf('\n') + 1) : opened;
}

/** Where an imported row comes from, and its author; empty for other messages. */
export function importedOf({ imported }: Imported, opened = ''): Pick<Message, 'imported'> {
  if (!imported) return {};
  const { source, userId } = imported;
  const name = opened.slice(0, Math.max(0, opened.indexOf('\n')));
  return { imported: { source, ...(name !== '' && { name }), ...(userId !== undefined && { userId }) } };
}
