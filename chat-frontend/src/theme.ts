import type { KeyValueStore } from './key-value-store.ts';

export type Theme = 'light' | 'dark';
export const THEMES = ['system', 'light', 'dark'] as const;
/** The first is that of the themes themselves; the colours of the others are in styles/theme.css. */
export const ACCENTS = ['teal', 'blue', 'violet', 'rose', 'amber'] as const;
export type Accent = (typeof ACCENTS)[number];
export type ThemeSettings = { theme: (typeof THEMES)[number]; accent: Accent };

const KEYS = { theme: 'bisik.theme', accent: 'bisik.accent' };
/** What a phone paints around the page. */
const SURFACES: Record<Theme, string> = { light: '#fffdf9', dark: '#141c1d' };

/** The theme and accent chosen in this browser; the defaults where none was. */
export function readThemeSettings(keyValueStore: KeyValueStore): ThemeSettings {
  const among = <Value extends string>(all: readonly [Value, ...Value[]], stored: string | null): Value =>
    all.find((one) => one === stored) ?? all[0];
  return {
    theme: among(THEMES, keyValueStore.getItem(KEYS.theme)),
    accent: among(ACCENTS, keyValueStore.getItem(KEYS.accent)),
  };
}

/** Stores a choice for this browser and applies it in all its tabs. */
export function saveThemeSettings(keyValueStore: KeyValueStore, change: Partial<ThemeSettings>): void {
  for (const [what, value] of Object.entries(change))
    keyValueStore.setItem(KEYS[what as keyof ThemeSettings], value);
  applyTheme(keyValueStore);
}

/** Applies the theme and follows the system and the other tabs. Called before the first paint. */
export function startTheme(keyValueStore: KeyValueStore): void {
  applyTheme(keyValueStore);
  darkness().addEventListener('change', () => applyTheme(keyValueStore));
  window.addEventListener(
    'storage',
    ({ key }) => Object.values(KEYS).includes(key ?? '') && applyTheme(keyValueStore),
  );
}

const darkness = () => matchMedia('(prefers-color-scheme: dark)');

function applyTheme(keyValueStore: KeyValueStore): void {
  const { theme, accent } = readThemeSettings(keyValueStore);
  const shown: Theme = theme === 'system' ? (darkness().matches ? 'dark' : 'light') : theme;
  document.documentElement.dataset.theme = shown;
  document.documentElement.dataset.accent = accent;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
    meta.content = SURFACES[shown];
  }
}
