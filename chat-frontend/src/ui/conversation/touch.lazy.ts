export { keepAboveKeyboard } from './keyboard.ts';
export { onSwipe } from './swipe.ts';
export { onHold } from './touch.ts';
