/** A row of the conversation that keys can reach: the button of its menu, and what they do there. */
export type Stop = { button: HTMLElement; act: (key: 'reply' | 'edit' | 'remove') => void };

const STEPS: Record<string, number> = { ArrowUp: -1, ArrowDown: 1 };
const LETTERS = { r: 'reply', e: 'edit', Delete: 'remove' } as const;

/**
 * One stop of the tab order for a whole list: arrows, Home and End move along it, single letters act only while one of
 * its stops has the focus, and while `areLettersOn` (WCAG 2.1.4). The last one is where the tab order comes in.
 */
export function roving(stops: () => Stop[], areLettersOn: () => boolean = () => true) {
  let current: HTMLElement | undefined;

  function turnTo(button: HTMLElement | undefined): void {
    if (current) current.tabIndex = -1;
    current = button;
    if (current) current.tabIndex = 0;
  }

  return {
    /** Before the tab order is followed, if the list may have changed. */
    refresh(): void {
      const all = stops();
      if (!all.some(({ button }) => button === current && button.contains(document.activeElement)))
        turnTo(all.at(-1)?.button);
    },
    onKey(event: KeyboardEvent): void {
      const all = stops();
      const at = all.findIndex(({ button }) => button === document.activeElement);
      const here = all[at];
      if (!here || event.ctrlKey || event.metaKey || event.altKey) return;
      const letter = Object.entries(LETTERS).find(([key]) => key === event.key)?.[1];
      const to = { Home: 0, End: all.length - 1 }[event.key] ?? at + (STEPS[event.key] ?? 0);
      const next = all[Math.max(0, Math.min(to, all.length - 1))]?.button;
      if (letter && (letter === 'remove' || areLettersOn())) here.act(letter);
      else if (next && next !== here.button) {
        turnTo(next);
        next.focus();
      } else if (!(event.key in STEPS)) return;
      event.preventDefault();
    },
  };
}
