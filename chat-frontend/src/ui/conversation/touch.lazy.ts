import { el } from '../el.ts';
import { icon } from '../icons.ts';

/** A press is long after this time; a touch that has moved further by then scrolls. */
const LONG_PRESS_MS = 450;
const MAX_MOVE_PX = 10;
/** The click of a press comes after its release, as an event of its own. */
const CLICK_DELAY_MS = 500;

/** The distance from which a movement is a swipe, from which its release replies, and the most a bubble moves. */
const SWIPE_START_PX = 12;
const SWIPE_REPLY_PX = 60;
const MAX_SWIPE_PX = 84;
/** A swipe that begins closer to the edge of the screen is the system's own "back". */
const SYSTEM_EDGE_PX = 24;

/** Differences between the visual viewport and the page below this are rounding. */
const ROUNDING = { px: 2, scale: 0.01 };

/**
 * Runs what `actionAt` returns for the target of a long press by touch or pen inside `node`. One set of listeners
 * serves all rows.
 */
export function onLongPress(
  node: HTMLElement,
  actionAt: (target: EventTarget | null) => (() => void) | undefined,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let start = { x: 0, y: 0 };
  let action: (() => void) | undefined;
  let isDone = false;

  function cancel(): void {
    clearTimeout(timer);
    action = undefined;
  }

  function finish(): void {
    const run = action;
    cancel();
    if (!run) return;
    isDone = true;
    swallowClick();
    run();
  }

  node.addEventListener('pointerdown', ({ target, pointerType, clientX, clientY }) => {
    cancel();
    isDone = false;
    if (pointerType === 'mouse') return;
    action = actionAt(target);
    start = { x: clientX, y: clientY };
    timer = setTimeout(finish, LONG_PRESS_MS);
  });
  node.addEventListener('pointermove', ({ clientX, clientY }) => {
    if (Math.hypot(clientX - start.x, clientY - start.y) > MAX_MOVE_PX) cancel();
  });
  for (const type of ['pointerup', 'pointercancel', 'pointerleave'] as const)
    node.addEventListener(type, cancel);
  // The browser's own long press may be shorter. Its menu must not open beside ours.
  node.addEventListener(
    'contextmenu',
    (event) => {
      if (!action && !isDone) return;
      event.preventDefault();
      event.stopPropagation();
      finish();
    },
    { capture: true },
  );
}

/** Drops the click of the long press: it would hit whatever is there by then, even the open menu. */
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
    window.addEventListener(type, () => setTimeout(() => release.abort(), CLICK_DELAY_MS), options);
  }
}

type Swipe = {
  pointerId: number;
  row: HTMLElement;
  x: number;
  y: number;
  reply?: () => void;
  isFarEnough: boolean;
};

/**
 * A swipe to the right replies to a message. The style sheet leaves vertical movement to the browser, which scrolls.
 * `replyTo` returns how to reply to a row, or undefined where that is not possible.
 */
export function onSwipe(list: HTMLElement, replyTo: (row: Element) => (() => void) | undefined): void {
  const replyIcon = el('span', { class: 'swipe-icon' }, icon('reply'));
  let swipe: Swipe | undefined;

  function end(): void {
    swipe?.row.classList.remove('row-swiped', 'row-far');
    swipe?.row.style.removeProperty('--swipe');
    replyIcon.remove();
    swipe = undefined;
  }

  list.addEventListener(
    'pointerdown',
    ({ pointerType, isPrimary, pointerId, clientX: x, clientY: y, target }) => {
      end();
      const row = target instanceof Element ? target.closest<HTMLElement>('.row') : null;
      if (pointerType !== 'touch' || !isPrimary || x < SYSTEM_EDGE_PX || !row) return;
      swipe = { pointerId, row, x, y, isFarEnough: false };
    },
  );
  list.addEventListener('pointermove', ({ pointerId, clientX, clientY }) => {
    if (swipe?.pointerId !== pointerId) return;
    const [right, vertical] = [clientX - swipe.x, Math.abs(clientY - swipe.y)];
    if (!swipe.reply) {
      if (vertical > SWIPE_START_PX || right < -SWIPE_START_PX) return end();
      if (right < SWIPE_START_PX) return;
      const reply = replyTo(swipe.row);
      if (!reply) return end();
      swipe.reply = reply;
      swipe.row.classList.add('row-swiped');
      swipe.row.append(replyIcon);
    }
    swipe.isFarEnough = right >= SWIPE_REPLY_PX;
    swipe.row.classList.toggle('row-far', swipe.isFarEnough);
    const shift = Math.max(0, Math.min(right - SWIPE_START_PX, MAX_SWIPE_PX));
    swipe.row.style.setProperty('--swipe', `${shift}px`);
  });
  list.addEventListener('pointerup', ({ pointerId }) => {
    if (swipe?.pointerId !== pointerId) return;
    const { reply, isFarEnough } = swipe;
    end();
    if (isFarEnough) reply?.();
  });
  list.addEventListener('pointercancel', end);
}

/**
 * Fits the page into the part of the window above an on-screen keyboard where the browser only lays the keyboard over
 * the page (Safari does not support `interactive-widget`); elsewhere the window itself shrinks and nothing changes. A
 * magnified page is left alone: its visible part is smaller without any keyboard.
 */
export function keepAboveKeyboard({ document, visualViewport }: Window): void {
  if (!visualViewport) return;
  const page = document.documentElement;
  const viewport = visualViewport;

  function fit(): void {
    const isMagnified = Math.abs(viewport.scale - 1) > ROUNDING.scale;
    const isCovered = !isMagnified && page.clientHeight - viewport.height > ROUNDING.px;
    page.classList.toggle('keyboard-open', isCovered);
    page.style.setProperty('--visible-height', `${viewport.height}px`);
    page.style.setProperty('--visible-top', `${viewport.offsetTop}px`);
  }

  viewport.addEventListener('resize', fit);
  viewport.addEventListener('scroll', fit);
  fit();
}
