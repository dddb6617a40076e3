import { fetchTexts, type Language, type Texts } from '../i18n/language.ts';
import { createLazy, type Lazy } from './lazy-module.ts';

/** The screen of imports in a language, with its wording. */
export const lazyImport = withOwnTexts(() => import('./import/import.lazy.ts'), {
  id: async () => (await import('../i18n/id/import.ts')).idImport,
  en: async () => (await import('../i18n/en/import.ts')).enImport,
});

/** The owner's pages in a language, with their wording. */
export const lazyOwner = withOwnTexts(() => import('./owner/owner.lazy.ts'), {
  id: async () => (await import('../i18n/id/owner.ts')).idOwner,
  en: async () => (await import('../i18n/en/owner.ts')).enOwner,
});

/** A lazy module together with wording that no other screen needs: one entry per language. */
function withOwnTexts<Part>(
  load: () => Promise<Part>,
  loadTexts: Record<Language, () => Promise<Partial<Texts>>>,
): (language: Language) => Lazy<Part> {
  const parts = new Map<Language, Lazy<Part>>();
  return (language) => {
    const known = parts.get(language);
    if (known) return known;
    const lazy = createLazy(async () => {
      const [part, texts, all] = await Promise.all([load(), loadTexts[language](), fetchTexts(language)]);
      Object.assign(all, texts);
      return part;
    });
    parts.set(language, lazy);
    return lazy;
  };
}
