import './styles/index.css';
import { askEarly } from './api/prefetch-sync.ts';
import { wallClock } from './clock.ts';
import { fetchTexts, languageOf } from './i18n/language.ts';
import { openKeyValueStore } from './key-value-store.ts';
import { prefetchLocalDb } from './local-db/local-db.ts';
import { readSession } from './session/session.ts';
import { beginLook } from './theme.ts';

/** Said where no wording could be fetched: the rest of the page was replaced by a new build, or the line broke. */
const WORDS = [
  'Bisik belum bisa dimuat. Periksa jaringan, lalu muat ulang halaman.',
  'Bisik could not be loaded. Check the network, then reload the page.',
];

const keyValueStore = openKeyValueStore();
beginLook(keyValueStore);
// Beside the page's own script, not after it: on a slow line that is a whole round trip.
fetchTexts(languageOf(keyValueStore)).catch(() => undefined);
void openAccountEarly();
import('./main.ts').catch((thrown: unknown) => {
  reportError(thrown);
  document.querySelector('#app')?.replaceChildren(...WORDS.map(paragraph));
});

/** What somebody who is signed in waits for: what is kept here, or what the box says where nothing is. */
async function openAccountEarly(): Promise<void> {
  const session = readSession(keyValueStore);
  if (!session) return;
  const isKept = await prefetchLocalDb(session.id, wallClock);
  if (!isKept && document.visibilityState === 'visible') askEarly(__API_BASE__, session.token);
}

function paragraph(words: string): HTMLElement {
  const node = document.createElement('p');
  node.className = 'load-failed';
  node.textContent = words;
  return node;
}
