/**
 * What is being written in a conversation. `replyTo`: the seq of the message it answers. `edit`: the new text of a stored
 * message, which stands over all that until it is saved or dropped.
 */
export type Draft = { text: string; replyTo?: number; edit?: { seq: number; text: string } };
/** What is written answers a message, or takes its place. */
export type Target = { kind: 'reply' | 'edit'; seq: number };

export const noDraft: Draft = { text: '' };

export const isEmpty = ({ text, replyTo, edit }: Draft): boolean =>
  replyTo === undefined && !edit && text.trim() === '';

/** The text that stands in the composer. */
export const textOf = ({ text, edit }: Draft): string => edit?.text ?? text;

export const withText = (draft: Draft, text: string): Draft =>
  draft.edit ? { ...draft, edit: { ...draft.edit, text } } : { ...draft, text };

export function targetOf({ replyTo, edit }: Draft): Target | undefined {
  if (edit) return { kind: 'edit', seq: edit.seq };
  return replyTo === undefined ? undefined : { kind: 'reply', seq: replyTo };
}

export const replying = ({ text }: Draft, replyTo: number): Draft => ({ text, replyTo });
export const editing = (draft: Draft, seq: number, text: string): Draft => ({
  ...draft,
  edit: { seq, text },
});

/** One step back: from an edit to what stands under it, from an answer to plain writing. */
export function withoutTarget({ edit, ...under }: Draft): Draft {
  return edit ? under : { text: under.text };
}
