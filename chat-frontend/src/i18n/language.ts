import type { Shelf } from '../storage.ts';
import type { Texts } from './id.ts';

export type Language = 'id' | 'en';
export const LANGUAGES: Record<Language, string> = { id: 'Bahasa Indonesia', en: 'English' };

const KEY = 'bisik.language';
/** Each a part of its own, so that nobody loads the language they do not read. */
const PARTS: Record<Language, () => Promise<Texts>> = {
  id: async () => (await import('./id.ts')).id,
  en: async () => (await import('./en.ts')).en,
};

/** The wording of a language. Rejects when it cannot be fetched. */
export const fetchTexts = (language: Language): Promise<Texts> => PARTS[language]();

/** The language chosen before, else the first preferred one we speak, else Indonesian. */
export function chooseLanguage(kept: string | null, preferred: readonly string[]): Language {
  const spoken = [kept, ...preferred].map((tag) => tag?.toLowerCase().split('-')[0]);
  return spoken.find((tag): tag is Language => tag === 'id' || tag === 'en') ?? 'id';
}

/** The language this browser's page speaks. */
export const languageOf = (shelf: Shelf): Language => chooseLanguage(shelf.getItem(KEY), navigator.languages);

export const rememberLanguage = (shelf: Shelf, language: Language): void => shelf.setItem(KEY, language);
