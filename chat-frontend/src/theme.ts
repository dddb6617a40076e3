import type { KeyValueStore } from './key-value-store.ts';

export type Theme = 'light' | 'dark';
export const THEMES = ['system', 'light', 'dark'] as const;
/** The first is that of the themes themselves; the colours of the others are in styles/theme.css. */
export const ACCENTS = ['teal', 'blue', 'violet', 'rose', 'amber'] as const;
export type Accent = (typeof ACCENTS)[number];
export type Look = { theme: (typeof THEMES)[number]; accent: Accent };

const KEYS = { theme: 'bisik.theme', accent: 'bisik.accent' };
/** What a phone paints around the page. */
const SURFACES: Record<Theme, string> = { light: '#fffdf9', dark: '#141c1d' };

/** How the page looks in this browser, as far as it was chosen. */
export function lookOf(keyValueStore: KeyValueStore): Look {
  const among = <Value extends string>(all: readonly [Value, ...Value[]], kept: string | null): Value =>
    all.find((one) => one === kept) ?? all[0];
  return {
    theme: among(THEMES, keyValueStore.getItem(KEYS.theme)),
    accent: among(ACCENTS, keyValueStore.getItem(KEYS.accent)),
  };
}

/** Chooses, for this browser and all its tabs. */
export function chooseLook(keyValueStore: KeyValueStore, change: Partial<Look>): void {
  for (const [what, value] of Object.entries(change)) keyValueStore.setItem(KEYS[what as keyof Look], value);
  wear(keyValueStore);
}

/** Puts the look upon the page, and follows the system and the other tabs. Called before anything is drawn. */
export function beginLook(keyValueStore: KeyValueStore): void {
  wear(keyValueStore);
  darkness().addEventListener('change', () => wear(keyValueStore));
  window.addEventListener(
    'storage',
    ({ key }) => Object.values(KEYS).includes(key ?? '') && wear(keyValueStore),
  );
}

const darkness = () => matchMedia('(prefers-color-scheme: dark)');

function wear(keyValueStore: KeyValueStore): void {
  const { theme, accent } = lookOf(keyValueStore);
  const shown: Theme = theme === 'system' ? (darkness().matches ? 'dark' : 'light') : theme;
  document.documentElement.dataset.theme = shown;
  document.documentElement.dataset.accent = accent;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
    meta.content = SURFACES[shown];
  }
}
