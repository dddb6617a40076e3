import { fetchLazyTexts, fetchTexts, type Language, type Texts } from '../i18n/language.ts';
import { readTypedInput } from './form/typed-input.ts';

/** What must not be drawn again: a form while it is sent, and a step of a login, which has no way back. */
const BUSY = 'form [aria-disabled=true], .entry-step';

let changes = 0;

/**
 * Fetches a language, then calls `draw`, which builds the page anew: nothing that a person typed meanwhile is lost, nor the place of
 * the caret. Of several changes the last one counts. Rejects when the language cannot be fetched.
 */
export async function changeLanguage(
  root: Element,
  language: Language,
  draw: (texts: Texts) => void,
): Promise<void> {
  changes += 1;
  const change = changes;
  const [texts] = await Promise.all([fetchTexts(language), fetchLazyTexts(language, true)]);
  await settled(root);
  if (change !== changes) return;
  const restore = readTypedInput(root);
  draw(texts);
  restore();
}

/** Resolves once nothing in an element is busy. */
function settled(root: Element): Promise<void> {
  return new Promise((resolve) => {
    const observer = new MutationObserver(check);
    function check(): void {
      if (root.querySelector(BUSY)) return;
      observer.disconnect();
      resolve();
    }
    observer.observe(root, { subtree: true, childList: true, attributeFilter: ['aria-disabled'] });
    check();
  });
}
