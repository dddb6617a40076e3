/** The finger has moved this far to cancel, or up to lock. */
const CANCEL_PX = 90;
const LOCK_PX = 70;

type Hold = {
  /** How far the finger has moved towards cancelling, 0 to 1. */
  onSlide: (share: number) => void;
  onCancel: () => void;
  /** The finger went up, or the browser took the touch away: as for a call or a gesture of the system. */
  onLock: () => void;
  onRelease: () => void;
};

/**
 * Follows a finger that holds a button, until one of the three ends. To cancel it slides towards the start of the line.
 * The button has captured the pointer; without the capture, the finger has left by now, which locks.
 */
export function followHold(button: HTMLElement, press: PointerEvent, hold: Hold): void {
  const { pointerId, clientX: startX, clientY: startY } = press;
  const following = new AbortController();
  const options = { capture: true, signal: following.signal };
  const direction = getComputedStyle(button).direction === 'rtl' ? -1 : 1;
  const end = (then: () => void) => {
    following.abort();
    then();
  };

  if (!button.hasPointerCapture(pointerId)) {
    hold.onLock();
    return;
  }
  const listen = (type: 'pointermove' | 'pointerup' | 'pointercancel', run: (event: PointerEvent) => void) =>
    window.addEventListener(type, (event) => event.pointerId === pointerId && run(event), options);

  listen('pointermove', ({ clientX, clientY }) => {
    const [aside, up] = [(startX - clientX) * direction, startY - clientY];
    if (aside >= CANCEL_PX) end(hold.onCancel);
    else if (up >= LOCK_PX) end(hold.onLock);
    else hold.onSlide(Math.max(0, aside / CANCEL_PX));
  });
  listen('pointerup', () => end(hold.onRelease));
  listen('pointercancel', () => end(hold.onLock));
}
