import './styles/index.css';
import { fetchTexts, languageOf } from './i18n/language.ts';
import { beginLook } from './look.ts';
import { openShelf } from './storage/storage.ts';

/** Said where no wording could be fetched: the rest of the page was replaced by a new build, or the line broke. */
const WORDS = [
  'Bisik belum bisa dimuat. Periksa jaringan, lalu muat ulang halaman.',
  'Bisik could not be loaded. Check the network, then reload the page.',
];

const shelf = openShelf();
beginLook(shelf);
// Beside the page's own script, not after it: on a slow line that is a whole round trip.
fetchTexts(languageOf(shelf)).catch(() => undefined);
import('./main.ts').catch((thrown: unknown) => {
  reportError(thrown);
  document.querySelector('#app')?.replaceChildren(...WORDS.map(paragraph));
});

function paragraph(words: string): HTMLElement {
  const node = document.createElement('p');
  node.className = 'unloaded';
  node.textContent = words;
  return node;
}
