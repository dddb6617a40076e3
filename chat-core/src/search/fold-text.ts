/** Combining marks, and characters that are not shown: joiners, soft hyphens, marks of direction. */
const IGNORED = /[\p{M}\p{Cf}]+/gu;
const ASCII = /^[\0-\x7f]*$/;

/**
 * The form in which texts are compared in a search: without case and diacritics, in no locale (Unicode 16 §5.18; NFKD,
 * UAX #15). “Café” and “CAFE”, “ß” and “SS”, “ﬁ” and “fi” are equal.
 */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  // Upper case first: it has one form of letters that have two in lower case (σ and ς, s and ſ).
  const folded = text.normalize('NFKD').replace(IGNORED, '').toUpperCase().toLowerCase();
  // Case mapping composes and adds marks in a few letters (İ, ΐ), and gives the last sigma of a word its own form.
  return folded.normalize('NFKD').replace(IGNORED, '').replaceAll('ς', 'σ');
}
