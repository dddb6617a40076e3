import { el } from './el.ts';

/** Loads the style sheet of a lazy part, once. A page without it is usable, so an error of the network is ignored. */
export function loadStyle(href: string): Promise<void> {
  if ([...document.styleSheets].some((sheet) => sheet.href?.endsWith(href))) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => resolve();
    document.head.append(el('link', { rel: 'stylesheet', href, on: { load: done, error: done } }));
  });
}
