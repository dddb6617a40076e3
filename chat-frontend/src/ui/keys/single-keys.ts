import { openKeyValueStore } from '../../key-value-store.ts';

const KEY = 'bisik.single-keys';

/**
 * Whether letters and signs alone are shortcuts here. They can be switched off (WCAG 2.1.4): who dictates, or hits keys
 * by accident, would set things off unawares.
 */
export const areSingleKeysOn = (): boolean => openKeyValueStore().getItem(KEY) !== 'off';

export function setSingleKeys(on: boolean): void {
  if (on) openKeyValueStore().removeItem(KEY);
  else openKeyValueStore().setItem(KEY, 'off');
}
