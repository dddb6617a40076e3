import { pagesBefore } from '../../../navigation.ts';

/**
 * Adds an entry to the history of the browser for what is open above the page, so that the Back button closes that and not
 * the page. `onBack` runs when the entry is left by Back. Returns a function that removes the entry when it was closed
 * otherwise. Both fire `hashchange`, since each entry knows the pages before it.
 */
export function openHistoryStep(onBack: () => void, { history, location }: Window = window): () => void {
  const changed = () => window.dispatchEvent(new HashChangeEvent('hashchange'));
  const { hash } = location;
  const before = [...(pagesBefore(history) ?? []), hash];
  history.pushState({ before }, '');
  changed();
  let isOpen = true;
  const listening = new AbortController();
  window.addEventListener(
    'popstate',
    () => {
      listening.abort();
      const wasOpen = isOpen;
      isOpen = false;
      // A page that was opened before the browser went back stands above this entry: it is the one to show.
      if (!wasOpen && location.hash === hash && pagesBefore(history)?.length === before.length)
        history.forward();
      // Another page has its own event.
      else if (location.hash === hash) changed();
      if (wasOpen) onBack();
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
