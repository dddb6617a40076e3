import { fetchTexts, type Language } from '../../i18n/language.ts';
import { createLazy, type Lazy } from '../lazy-module.ts';

const loadPart = () => import('./import.lazy.ts');
type Part = Awaited<ReturnType<typeof loadPart>>;

const TEXTS = {
  id: async () => (await import('../../i18n/id/import.ts')).idImport,
  en: async () => (await import('../../i18n/en/import.ts')).enImport,
};

const parts = new Map<Language, Lazy<Part>>();

/** The screen of imports in a language, with its wording, which no other screen needs. */
export function lazyImport(language: Language): Lazy<Part> {
  const known = parts.get(language);
  if (known) return known;
  const lazy = createLazy(async () => {
    const [part, texts, all] = await Promise.all([loadPart(), TEXTS[language](), fetchTexts(language)]);
    Object.assign(all, texts);
    return part;
  });
  parts.set(language, lazy);
  return lazy;
}
