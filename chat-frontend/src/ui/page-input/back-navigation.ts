import { pagesBefore } from '../../navigation.ts';

/**
 * A link that leads back (`data-back`) goes back in the browser's history where that page is on the way that was come,
 * and else takes the place of the current entry: Back never reopens what was left by it.
 */
export function handleBackLinks(window: Window): void {
  const { document, history, location } = window;

  document.addEventListener('click', (event) => {
    const { target, button, ctrlKey, metaKey, shiftKey, altKey } = event;
    const link = target instanceof Element ? target.closest<HTMLAnchorElement>('a[href^="#"]') : null;
    if (!link || button > 0 || ctrlKey || metaKey || shiftKey || altKey) return;
    const isHere = link.hash === location.hash;
    if (!isHere && !link.matches('[data-back]')) return;
    // A link to the page that is shown would lose what its entry holds.
    event.preventDefault();
    if (!isHere) goBack(link.hash);
  });

  function goBack(hash: string): void {
    const before = pagesBefore(history) ?? [];
    const at = before.lastIndexOf(hash);
    const steps = before.length - at;
    if (at >= 0 && steps < history.length) history.go(-steps);
    else {
      history.replaceState({ before }, '', hash);
      window.dispatchEvent(new HashChangeEvent('hashchange'));
    }
  }
}
