/** A message that can have the focus: the button of its menu, and what keys do there. */
export type RovingItem = { button: HTMLElement; act: (action: string) => void };

const STEPS: Record<string, number> = { ArrowUp: -1, ArrowDown: 1 };
const ACTION_KEYS = { r: 'reply', e: 'edit', Delete: 'remove' } as const;

/**
 * Roving tabindex (WAI-ARIA APG): the whole list is one tab stop, entered at its last item; arrows, Home and End move
 * inside it. Single letters act only while an item has the focus and `areSingleKeysOn` (WCAG 2.1.4).
 */
export function createRovingTabindex(items: () => RovingItem[], areSingleKeysOn: () => boolean = () => true) {
  let current: HTMLElement | undefined;

  function setCurrent(button: HTMLElement | undefined): void {
    if (current) current.tabIndex = -1;
    current = button;
    if (current) current.tabIndex = 0;
  }

  return {
    /** Call before the focus moves by Tab, if the list may have changed. */
    refresh(): void {
      const all = items();
      if (!all.some(({ button }) => button === current && button.contains(document.activeElement)))
        setCurrent(all.at(-1)?.button);
    },
    onKey(event: KeyboardEvent): void {
      const all = items();
      const index = all.findIndex(({ button }) => button === document.activeElement);
      const focused = all[index];
      if (!focused || event.ctrlKey || event.metaKey || event.altKey) return;
      const action = Object.entries(ACTION_KEYS).find(([key]) => key === event.key)?.[1];
      const to = { Home: 0, End: all.length - 1 }[event.key] ?? index + (STEPS[event.key] ?? 0);
      const next = all[Math.max(0, Math.min(to, all.length - 1))]?.button;
      if (action && (action === 'remove' || areSingleKeysOn())) focused.act(action);
      else if (next && next !== focused.button) {
        setCurrent(next);
        next.focus();
      } else if (!(event.key in STEPS)) return;
      event.preventDefault();
    },
  };
}
