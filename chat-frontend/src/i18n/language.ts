import type { KeyValueStore } from '../key-value-store.ts';
import type { idFiles } from './id/files.ts';
import type { idImport } from './id/import.ts';
import type { idLazy } from './id/lazy.ts';
import type { idLogin } from './id/login.ts';
import type { idOwner } from './id/owner.ts';
import type { id } from './id.ts';
import type { Text } from './text.ts';

export type Language = 'id' | 'en';
export const LANGUAGES: Record<Language, string> = { id: 'Bahasa Indonesia', en: 'English' };

export type Key =
  | keyof typeof id
  | keyof typeof idLogin
  | keyof typeof idLazy
  | keyof typeof idFiles
  | keyof typeof idOwner
  | keyof typeof idImport;
/** The wording of a language, as far as it is loaded. */
export type Texts = Record<keyof typeof id, Text> & Partial<Record<Key, Text>>;

const STORAGE_KEY = 'bisik.language';
/** One chunk per language, so that no browser loads a language it does not show. */
const LOAD: Record<Language, () => Promise<Texts>> = {
  id: async () => (await import('./id.ts')).id,
  en: async () => (await import('./en.ts')).en,
};
const LOAD_LAZY: Record<Language, () => Promise<Partial<Texts>>> = {
  id: async () => (await import('./id/lazy.ts')).idLazy,
  en: async () => (await import('./en/lazy.ts')).enLazy,
};
const LOAD_FILES: Record<Language, () => Promise<Partial<Texts>>> = {
  id: async () => (await import('./id/files.ts')).idFiles,
  en: async () => (await import('./en/files.ts')).enFiles,
};

const LOAD_LOGIN: Record<Language, () => Promise<Partial<Texts>>> = {
  id: async () => (await import('./id/login.ts')).idLogin,
  en: async () => (await import('./en/login.ts')).enLogin,
};

/** The wording of a language, at first without that of the lazy screens. Rejects when it cannot be loaded. */
export const fetchTexts = (language: Language): Promise<Texts> => LOAD[language]();

/**
 * Adds the wording of the lazy screens to that of a language, and where they are needed the words of files. Rejects when
 * it cannot be loaded.
 */
export async function fetchLazyTexts(language: Language, withFiles = false): Promise<void> {
  const files = withFiles && LOAD_FILES[language]();
  const parts = [fetchTexts(language), LOAD_LOGIN[language](), LOAD_LAZY[language](), files];
  Object.assign(...((await Promise.all(parts)) as [Texts]));
}

/** Adds the wording of the login form. Rejects when it cannot be loaded. */
export async function fetchLoginTexts(language: Language): Promise<void> {
  Object.assign(...(await Promise.all([fetchTexts(language), LOAD_LOGIN[language]()])));
}

/** The language chosen before, else the first preferred one that the page speaks, else Indonesian. */
export function chooseLanguage(stored: string | null, preferred: readonly string[]): Language {
  const candidates = [stored, ...preferred].map((tag) => tag?.toLowerCase().split('-')[0]);
  return candidates.find((tag): tag is Language => tag === 'id' || tag === 'en') ?? 'id';
}

/** The language of the page in this browser. */
export const languageOf = (store: KeyValueStore): Language =>
  chooseLanguage(store.getItem(STORAGE_KEY), navigator.languages);

export const rememberLanguage = (store: KeyValueStore, language: Language): void =>
  store.setItem(STORAGE_KEY, language);
