/**
 * What is being written in a conversation. `replyTo`: the seq of the message it replies to. `edit`: the new text of a
 * stored message, which is shown instead until it is saved or dropped.
 */
export type Draft = { text: string; replyTo?: number; edit?: { seq: number; text: string } };
/** The message that a draft replies to or edits. */
export type Target = { kind: 'reply' | 'edit'; seq: number };

export const noDraft: Draft = { text: '' };

export const isEmpty = ({ text, replyTo, edit }: Draft): boolean =>
  replyTo === undefined && !edit && text.trim() === '';

/** The text that the composer shows. */
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

/** Without the edit, or else without the reply target. */
export function withoutTarget({ edit, ...rest }: Draft): Draft {
  return edit ? rest : { text: rest.text };
}
