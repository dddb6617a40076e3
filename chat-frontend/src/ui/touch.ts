const HOLD_MS = 450;
/** A finger that wanders further scrolls. */
const WANDER_PX = 10;

/**
 * A long press of a finger, a right click, or the menu key. Where text is marked, or on a link, the browser's own menu
 * stays: it copies.
 */
export function onHold(node: HTMLElement, run: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from = { x: 0, y: 0 };
  let held = false;
  const stop = () => clearTimeout(timer);

  node.addEventListener('pointerdown', ({ pointerType, clientX, clientY }) => {
    held = false;
    if (pointerType === 'mouse') return;
    from = { x: clientX, y: clientY };
    stop();
    timer = setTimeout(() => {
      held = true;
      run();
    }, HOLD_MS);
  });
  node.addEventListener('pointermove', ({ clientX, clientY }) => {
    if (Math.hypot(clientX - from.x, clientY - from.y) > WANDER_PX) stop();
  });
  for (const end of ['pointerup', 'pointercancel', 'pointerleave'] as const) node.addEventListener(end, stop);
  node.addEventListener('contextmenu', (event) => {
    const marked = getSelection()?.isCollapsed === false;
    if (marked && !held) return;
    event.preventDefault();
    stop();
    if (!held) run();
  });
  // The finger that opened the menu must not press what lies under it.
  node.addEventListener(
    'click',
    (event) => {
      if (!held) return;
      held = false;
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );
}
