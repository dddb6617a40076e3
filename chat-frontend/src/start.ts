import './styles/index.css';
import { prefetchSync } from './api/prefetch-sync.ts';
import { wallClock } from './clock.ts';
import { fetchLoginTexts, fetchTexts, languageOf } from './i18n/language.ts';
import { openKeyValueStore } from './key-value-store.ts';
import { prefetchLocalDb } from './local-db/local-db.ts';
import { readSession } from './session/session.ts';
import { startTheme } from './theme.ts';

/** Shown in both languages when the page's script cannot be loaded: a new build replaced it, or the network failed. */
const LOAD_ERROR = [
  'Bisik belum bisa dimuat. Periksa jaringan, lalu muat ulang halaman.',
  'Bisik could not be loaded. Check the network, then reload the page.',
];

const keyValueStore = openKeyValueStore();
startTheme(keyValueStore);
// Beside the page's own script, not after it: that saves a round trip.
fetchTexts(languageOf(keyValueStore)).catch(() => undefined);
prefetch().catch(() => undefined);
import('./main.ts').catch((thrown: unknown) => {
  reportError(thrown);
  document.querySelector('#app')?.replaceChildren(...LOAD_ERROR.map(paragraph));
});

/** For a signed-in account: opens the local database, or if it is empty starts the first poll. For anyone else: the login. */
async function prefetch(): Promise<void> {
  const session = readSession(keyValueStore);
  if (!session) {
    await Promise.all([import('./ui/entry/login.lazy.ts'), fetchLoginTexts(languageOf(keyValueStore))]);
    return;
  }
  const isStored = await prefetchLocalDb(session.id, wallClock);
  if (!isStored && document.visibilityState === 'visible') prefetchSync(__API_BASE__, session.token);
}

function paragraph(text: string): HTMLElement {
  const node = document.createElement('p');
  node.className = 'load-failed';
  node.textContent = text;
  return node;
}
