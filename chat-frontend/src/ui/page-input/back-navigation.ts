import { pagesBefore } from '../../navigation.ts';

/**
 * A back link (`data-back`) goes back in the browser's history if its page is among the entries before this one, and
 * otherwise replaces the current entry: the browser's Back button never reopens a page that was left by a back link.
 */
export function handleBackLinks(window: Window): void {
  const { document, history, location } = window;

  document.addEventListener('click', (event) => {
    const { target, button, ctrlKey, metaKey, shiftKey, altKey } = event;
    const link = target instanceof Element ? target.closest<HTMLAnchorElement>('a[href^="#"]') : null;
    if (!link || button > 0 || ctrlKey || metaKey || shiftKey || altKey) return;
    const isHere = link.hash === location.hash;
    if (!isHere && !link.matches('[data-back]')) return;
    // Following a link to the current page would lose the state of its history entry.
    event.preventDefault();
    if (!isHere) goBack(link.hash);
  });

  function goBack(hash: string): void {
    const before = pagesBefore(history) ?? [];
    const index = before.lastIndexOf(hash);
    const steps = before.length - index;
    if (index >= 0 && steps < history.length) history.go(-steps);
    else {
      history.replaceState({ before }, '', hash);
      window.dispatchEvent(new HashChangeEvent('hashchange'));
    }
  }
}
