/** A sentence with `{name}` for each parameter; two forms where a language counts one differently. */
export type Text = string | { one: string; other: string };
