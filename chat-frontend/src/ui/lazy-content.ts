import { fetchLazyTexts, type Language } from '../i18n/language.ts';
import { createLazy, type Lazy } from './lazy-module.ts';

/** A lazy module together with the lazy wording of the page's language. */
export const withTexts = <Module>(load: () => Promise<Module>, withFiles?: boolean): Lazy<Module> =>
  createLazy(async () => {
    const language = document.documentElement.lang as Language;
    const [module] = await Promise.all([load(), fetchLazyTexts(language, withFiles)]);
    return module;
  });

// What shows a message, also in the lazy screens of lazy.ts, which may not import that file.

/** The files of a message in its bubble. */
export const lazyAttachments = withTexts(() => import('./attachments/attachments.lazy.ts'), true);

/** The format and the links of texts. */
export const lazyRichText = createLazy(() => import('./conversation/rich-text.ts'));
