import { el } from '../el.ts';
import { icon } from '../icons.ts';

/** So far a finger goes before it is a swipe; past the second it answers, and no bubble is drawn further than the third. */
const SLACK_PX = 12;
const ENOUGH_PX = 60;
const MAX_PX = 84;
/** There a swipe is the system's own way back. */
const EDGE_PX = 24;

type Swipe = {
  pointerId: number;
  row: HTMLElement;
  x: number;
  y: number;
  reply?: () => void;
  isFar: boolean;
};

/**
 * A swipe to the right answers a message. What moves more up or down than sideways scrolls, as ever: the style sheet
 * leaves that to the browser. `replyTo` says how a row is answered, if it can be.
 */
export function onSwipe(list: HTMLElement, replyTo: (row: Element) => (() => void) | undefined): void {
  const sign = el('span', { class: 'swipe-icon' }, icon('reply'));
  let swipe: Swipe | undefined;

  function end(): void {
    swipe?.row.classList.remove('row-swiped', 'row-far');
    swipe?.row.style.removeProperty('--swipe');
    sign.remove();
    swipe = undefined;
  }

  list.addEventListener(
    'pointerdown',
    ({ pointerType, isPrimary, pointerId, clientX: x, clientY: y, target }) => {
      end();
      const row = target instanceof Element ? target.closest<HTMLElement>('.row') : null;
      if (pointerType !== 'touch' || !isPrimary || x < EDGE_PX || !row) return;
      swipe = { pointerId, row, x, y, isFar: false };
    },
  );
  list.addEventListener('pointermove', ({ pointerId, clientX, clientY }) => {
    if (swipe?.pointerId !== pointerId) return;
    const [right, down] = [clientX - swipe.x, Math.abs(clientY - swipe.y)];
    if (!swipe.reply) {
      if (down > SLACK_PX || right < -SLACK_PX) return end();
      if (right < SLACK_PX) return;
      const reply = replyTo(swipe.row);
      if (!reply) return end();
      swipe.reply = reply;
      swipe.row.classList.add('row-swiped');
      swipe.row.append(sign);
    }
    swipe.isFar = right >= ENOUGH_PX;
    swipe.row.classList.toggle('row-far', swipe.isFar);
    swipe.row.style.setProperty('--swipe', `${Math.max(0, Math.min(right - SLACK_PX, MAX_PX))}px`);
  });
  list.addEventListener('pointerup', ({ pointerId }) => {
    if (swipe?.pointerId !== pointerId) return;
    const { reply, isFar } = swipe;
    end();
    if (isFar) reply?.();
  });
  list.addEventListener('pointercancel', end);
}
