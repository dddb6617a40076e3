import { openKeyValueStore } from '../../key-value-store.ts';

const STORAGE_KEY = 'bisik.single-keys';

/** Whether single keys are shortcuts in this browser. They can be switched off, for speech input for example (WCAG 2.1.4). */
export const areSingleKeysOn = (): boolean => openKeyValueStore().getItem(STORAGE_KEY) !== 'off';

export function setSingleKeys(on: boolean): void {
  if (on) openKeyValueStore().removeItem(STORAGE_KEY);
  else openKeyValueStore().setItem(STORAGE_KEY, 'off');
}
