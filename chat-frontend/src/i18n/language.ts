import type { KeyValueStore } from '../key-value-store.ts';
import type { FirstTexts, Text, Texts } from './id.ts';

export type Language = 'id' | 'en';
export const LANGUAGES: Record<Language, string> = { id: 'Bahasa Indonesia', en: 'English' };

const KEY = 'bisik.language';
/** Each a part of its own, so that nobody loads the language they do not read. */
const FIRST: Record<Language, () => Promise<FirstTexts>> = {
  id: async () => (await import('./id.ts')).id,
  en: async () => (await import('./en.ts')).en,
};

const LATER: Record<Language, () => Promise<Record<string, Text>>> = {
  id: async () => (await import('./later.id.ts')).lazyId,
  en: async () => (await import('./later.en.ts')).lazyEn,
};

/** The wording of a language, without that of the page's parts at first. Rejects when it cannot be fetched. */
export const fetchTexts = (language: Language): Promise<Texts> => FIRST[language]();

/** Adds the wording of the parts to that of a language. Rejects when it cannot be fetched. */
export async function fetchLazyTexts(language: Language): Promise<void> {
  Object.assign(await fetchTexts(language), await LATER[language]());
}

/** The language chosen before, else the first preferred one we speak, else Indonesian. */
export function chooseLanguage(kept: string | null, preferred: readonly string[]): Language {
  const spoken = [kept, ...preferred].map((tag) => tag?.toLowerCase().split('-')[0]);
  return spoken.find((tag): tag is Language => tag === 'id' || tag === 'en') ?? 'id';
}

/** The language this browser's page speaks. */
export const languageOf = (keyValueStore: KeyValueStore): Language =>
  chooseLanguage(keyValueStore.getItem(KEY), navigator.languages);

export const rememberLanguage = (keyValueStore: KeyValueStore, language: Language): void =>
  keyValueStore.setItem(KEY, language);
