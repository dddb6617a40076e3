/** A picture scaled by `scale` and moved by (x, y) pixels from its place in the middle of the stage. */
export type View = { scale: number; x: number; y: number };
type Size = { width: number; height: number };
type Point = { x: number; y: number };

export const WHOLE: View = { scale: 1, x: 0, y: 0 };
const MAX_SCALE = 8;
const DOUBLE_TAP_SCALE = 2.5;
const DOUBLE_TAP_MS = 300;
const DOUBLE_TAP_PX = 30;
const SWIPE_PX = 60;
const DISMISS_PX = 110;
const WHEEL_STEP = 1.2;

/** The view after scaling by a factor around a point, measured from the middle of the stage: what is there stays there. */
export function zoomAt(view: View, factor: number, { x, y }: Point): View {
  const scale = Math.min(Math.max(view.scale * factor, 1), MAX_SCALE);
  const ratio = scale / view.scale;
  return { scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}

/** A view whose picture, of the given size at scale 1, leaves no gap at a side where it is larger than the stage. */
export function bounded(view: View, picture: Size, stage: Size): View {
  const clamp = (value: number, size: number, room: number) => {
    const most = Math.max((size * view.scale - room) / 2, 0);
    return Math.min(Math.max(value, -most), most);
  };
  return {
    scale: view.scale,
    x: clamp(view.x, picture.width, stage.width),
    y: clamp(view.y, picture.height, stage.height),
  };
}

/**
 * Zooms what a stage shows, by pinch, double tap, wheel and `zoomBy`, and moves it while it is zoomed. Otherwise a swipe to
 * a side calls `onSwipe`, with 1 for the next, and one downwards `onDismiss`.
 */
export function mountZoom(
  stage: HTMLElement,
  { onSwipe, onDismiss }: { onSwipe: (step: 1 | -1) => void; onDismiss: () => void },
) {
  let target: HTMLElement | undefined;
  let view = WHOLE;
  const pointers = new Map<number, Point>();
  let begin: Point | undefined;
  let lastTap: (Point & { at: number }) | undefined;
  let hasPinched = false;

  function show(next: View): void {
    const picture = { width: target?.offsetWidth ?? 0, height: target?.offsetHeight ?? 0 };
    const room = { width: stage.clientWidth, height: stage.clientHeight };
    view = next.scale === 1 ? WHOLE : bounded(next, picture, room);
    if (target) target.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    stage.classList.toggle('viewer-zoomed', view.scale > 1);
  }

  const fromMiddle = ({ x, y }: Point): Point => {
    const { left, top, width, height } = stage.getBoundingClientRect();
    return { x: x - left - width / 2, y: y - top - height / 2 };
  };
  const zoom = (factor: number, at: Point = { x: 0, y: 0 }) => target && show(zoomAt(view, factor, at));
  const spread = ([a, b]: Point[]) => (a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0);
  const middle = ([a, b]: Point[]): Point => ({
    x: ((a?.x ?? 0) + (b?.x ?? 0)) / 2,
    y: ((a?.y ?? 0) + (b?.y ?? 0)) / 2,
  });

  function onDown(event: PointerEvent): void {
    if (event.target instanceof Element && event.target.closest('button, video')) return;
    stage.setPointerCapture?.(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 1) {
      begin = { x: event.clientX, y: event.clientY };
      hasPinched = false;
    }
  }

  function onMove(event: PointerEvent): void {
    const before = [...pointers.values()];
    if (!pointers.has(event.pointerId)) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const after = [...pointers.values()];
    if (after.length === 2) {
      hasPinched = true;
      const [from, to] = [middle(before), middle(after)];
      const scaled = zoomAt(view, spread(after) / Math.max(spread(before), 1), fromMiddle(to));
      show({ ...scaled, x: scaled.x + to.x - from.x, y: scaled.y + to.y - from.y });
    } else if (view.scale > 1) {
      const [from, to] = [before[0], after[0]];
      if (from && to) show({ ...view, x: view.x + to.x - from.x, y: view.y + to.y - from.y });
    }
  }

  function onUp(event: PointerEvent): void {
    if (!pointers.delete(event.pointerId) || pointers.size > 0 || !begin || event.type === 'pointercancel')
      return;
    const [dx, dy] = [event.clientX - begin.x, event.clientY - begin.y];
    const isTap = Math.hypot(dx, dy) < 10 && !hasPinched;
    if (isTap) onTap(event);
    if (isTap || hasPinched || view.scale > 1) return;
    if (Math.abs(dx) > SWIPE_PX && Math.abs(dx) > Math.abs(dy)) onSwipe(dx < 0 ? 1 : -1);
    else if (dy > DISMISS_PX && dy > Math.abs(dx)) onDismiss();
  }

  function onTap({ clientX: x, clientY: y, timeStamp: at }: PointerEvent): void {
    const isDouble =
      lastTap && at - lastTap.at < DOUBLE_TAP_MS && Math.hypot(x - lastTap.x, y - lastTap.y) < DOUBLE_TAP_PX;
    lastTap = isDouble ? undefined : { x, y, at };
    if (isDouble) zoom(view.scale > 1 ? 1 / view.scale : DOUBLE_TAP_SCALE, fromMiddle({ x, y }));
  }

  stage.addEventListener('pointerdown', onDown);
  stage.addEventListener('pointermove', onMove);
  for (const type of ['pointerup', 'pointercancel'] as const) stage.addEventListener(type, onUp);
  stage.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      zoom(
        event.deltaY < 0 ? WHEEL_STEP : 1 / WHEEL_STEP,
        fromMiddle({ x: event.clientX, y: event.clientY }),
      );
    },
    { passive: false },
  );

  return {
    /** What is zoomed from now on, whole at first; a video is not. */
    setTarget(next: HTMLElement | undefined): void {
      target = next;
      show(WHOLE);
    },
    zoomBy: (factor: number) => void zoom(factor),
    scale: () => view.scale,
  };
}
