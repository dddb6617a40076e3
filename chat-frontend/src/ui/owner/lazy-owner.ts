import { fetchTexts, type Language } from '../../i18n/language.ts';
import { createLazy, type Lazy } from '../lazy-module.ts';

const loadPart = () => import('./owner.lazy.ts');
type Part = Awaited<ReturnType<typeof loadPart>>;

const TEXTS = {
  id: async () => (await import('../../i18n/id/owner.ts')).idOwner,
  en: async () => (await import('../../i18n/en/owner.ts')).enOwner,
};

/** The owner's pages together with their wording, which no other screen needs: one entry per language. */
const parts = new Map<Language, Lazy<Part>>();

/** The owner's pages in a language. */
export function lazyOwner(language: Language): Lazy<Part> {
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
