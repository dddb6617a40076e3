import type { Page } from 'playwright-core';

/** What does not fit the screen of a phone: elements wider than it, or targets smaller than 44 px. */
export function misfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wide = document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : [];
    const targets = [
      ...document.querySelectorAll<HTMLElement>(
        'a, button, textarea, select, input:not([type=radio], [type=checkbox]), label.choice',
      ),
    ];
    const small = targets.filter((target) => {
      const { width, height, bottom } = target.getBoundingClientRect();
      // What only assistive technology and keyboards reach is a pixel wide.
      const shown = target.checkVisibility() && bottom > 0 && width > 1;
      return shown && (width < 43.5 || height < 43.5);
    });
    const cut = targets.filter(
      (target) => target.checkVisibility() && target.getBoundingClientRect().right > innerWidth,
    );
    const name = (target: HTMLElement) => target.outerHTML.slice(0, 80);
    return [...wide, ...small.map((t) => `small: ${name(t)}`), ...cut.map((t) => `cut: ${name(t)}`)];
  });
}
