import { pagesBefore } from '../../navigation.ts';

/**
 * Adds an entry to the history of the browser for what is open above the page, so that the Back button closes that and not
 * the page. `onBack` runs when the entry is left by Back. Returns a function that removes the entry when it was closed
 * otherwise. The page is told of both (`hashchange`), since each entry knows the pages before it.
 */
export function openHistoryStep(onBack: () => void, { history, location }: Window = window): () => void {
  const changed = () => window.dispatchEvent(new HashChangeEvent('hashchange'));
  const { hash } = location;
  history.pushState({ before: [...(pagesBefore(history) ?? []), hash] }, '');
  changed();
  let isOpen = true;
  const listening = new AbortController();
  window.addEventListener(
    'popstate',
    () => {
      listening.abort();
      // Another page has its own event.
      if (location.hash === hash) changed();
      if (isOpen) onBack();
      isOpen = false;
    },
    { signal: listening.signal },
  );

  return () => {
    if (!isOpen) return;
    isOpen = false;
    // A link that was followed meanwhile has put its page above the entry, which then stays.
    if (location.hash === hash) history.back();
    else listening.abort();
  };
}
