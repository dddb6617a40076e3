const HOLD_MS = 450;
/** A finger that wanders further scrolls. */
const WANDER_PX = 10;

/**
 * A long press of a finger, a right click, or the menu key, on whatever in `node` has something to `find`. Where text is
 * marked the browser's own menu stays: it copies. One set of listeners, however many rows there are.
 */
export function onHold(
  node: HTMLElement,
  find: (target: EventTarget | null) => (() => void) | undefined,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from = { x: 0, y: 0 };
  let held = false;
  const stop = () => clearTimeout(timer);

  node.addEventListener('pointerdown', ({ target, pointerType, clientX, clientY }) => {
    held = false;
    const run = find(target);
    if (pointerType === 'mouse' || !run) return;
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
    const run = find(event.target);
    const marked = getSelection()?.isCollapsed === false;
    if (!run || (marked && !held)) return;
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
