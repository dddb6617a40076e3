import { openKeyValueStore } from '../../key-value-store.ts';

const KEY = 'bisik.single-keys';

/**
 * Whether single letters and signs are shortcuts in this browser. They can be switched off (WCAG 2.1.4), since speech
 * input and accidental presses would trigger them.
 */
export const areSingleKeysOn = (): boolean => openKeyValueStore().getItem(KEY) !== 'off';

export function setSingleKeys(on: boolean): void {
  if (on) openKeyValueStore().removeItem(KEY);
  else openKeyValueStore().setItem(KEY, 'off');
}
