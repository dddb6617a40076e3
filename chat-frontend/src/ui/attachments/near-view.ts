/** Tiles within this distance of the visible part of their list are loaded; those farther away are released. */
const NEAR_PX = 600;
const SCROLLERS = '.timeline-scroll, .panel-scroll';

const listeners = new WeakMap<Element, (isNear: boolean) => void>();
const observers = new WeakMap<Element, IntersectionObserver>();

/**
 * Reports when a node comes near the visible part of its scrolling list and when it leaves it, also by leaving the page.
 * Call it before the node is inserted or after, in the same task.
 */
export function watchNear(node: Element, onChange: (isNear: boolean) => void): void {
  listeners.set(node, onChange);
  queueMicrotask(() => observerOf(node.closest(SCROLLERS) ?? document.documentElement).observe(node));
}

/** One observer for each list: a margin applies only to the element that scrolls. */
function observerOf(scroller: Element): IntersectionObserver {
  let observer = observers.get(scroller);
  if (!observer) {
    observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) listeners.get(target)?.(isIntersecting);
      },
      { root: scroller === document.documentElement ? null : scroller, rootMargin: `${NEAR_PX}px 0px` },
    );
    observers.set(scroller, observer);
  }
  return observer;
}
