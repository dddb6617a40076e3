const HOLD_MS = 450;
/** A finger that wanders further scrolls. */
const WANDER_PX = 10;
/** The click of a press comes after its release, as an event of its own. */
const CLICK_MS = 500;

/**
 * A long press of a finger or pen on whatever in `node` has something to `find`. One set of listeners, however many rows
 * there are.
 */
export function onHold(
  node: HTMLElement,
  find: (target: EventTarget | null) => (() => void) | undefined,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from = { x: 0, y: 0 };
  let pressed: (() => void) | undefined;
  let held = false;

  function end(): void {
    clearTimeout(timer);
    pressed = undefined;
  }

  function hold(): void {
    const run = pressed;
    end();
    if (!run) return;
    held = true;
    swallowClick();
    run();
  }

  node.addEventListener('pointerdown', ({ target, pointerType, clientX, clientY }) => {
    end();
    held = false;
    if (pointerType === 'mouse') return;
    pressed = find(target);
    from = { x: clientX, y: clientY };
    timer = setTimeout(hold, HOLD_MS);
  });
  node.addEventListener('pointermove', ({ clientX, clientY }) => {
    if (Math.hypot(clientX - from.x, clientY - from.y) > WANDER_PX) end();
  });
  for (const type of ['pointerup', 'pointercancel', 'pointerleave'] as const)
    node.addEventListener(type, end);
  // A browser's own long press may be the shorter one; what it would open does not come beside the other.
  node.addEventListener(
    'contextmenu',
    (event) => {
      if (!pressed && !held) return;
      event.preventDefault();
      event.stopPropagation();
      hold();
    },
    { capture: true },
  );
}

/** The finger that opened a menu must not press what lies under it, be it the menu itself: its click is nobody's. */
function swallowClick(): void {
  const release = new AbortController();
  const options = { capture: true, signal: release.signal };
  const swallow = (event: Event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  window.addEventListener('click', swallow, options);
  window.addEventListener('pointerdown', ({ isPrimary }) => isPrimary && release.abort(), options);
  for (const type of ['pointerup', 'pointercancel'] as const) {
    window.addEventListener(type, () => setTimeout(() => release.abort(), CLICK_MS), options);
  }
}
