import type { Id, Message } from '../../../../chat-core/src/wire/wire.ts';
import { toApiError } from '../../api/api-error.ts';
import { searchMessages } from '../../api/search.ts';
import type { Cancel } from '../../clock.ts';
import { announce, el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { keyedList } from '../keyed-list.ts';
import type { Ui } from '../ui.ts';
import { createHit, isConcealed, localHits } from './hits.ts';
import { readTerms } from './match.ts';

/** A query is sent once it has not changed for so long. */
const DEBOUNCE_MS = 250;
/** Hits after which the search waits until more are wanted. */
const PAGE = 20;
type Item = { message: Message; terms: string[] };

/**
 * The messages that match what is typed: at once those that this browser holds, then those of the server, which reads
 * backwards page by page until there are enough. A new query ends the one before.
 */
export function mountResults(ui: Ui, conversationId?: Id) {
  const { i18n, clock } = ui;
  const { t } = i18n;
  const heading = el(
    'h2',
    { class: 'hits-title', hidden: conversationId !== undefined },
    t('search.messages'),
  );
  const list = el('ul', { class: 'hits', 'aria-label': t('search.messages') });
  const status = el('p', { class: 'hits-status', role: 'status' });
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const more = el('button', {
    type: 'button',
    class: 'button',
    hidden: true,
    on: { click: () => void go() },
  });
  const node = el('section', { class: 'hits-part', hidden: true }, heading, list, status, errorText, more);
  const render = keyedList<Item>(list, {
    key: ({ message, terms }) => `${message.conversationId} ${message.seq} ${terms.join(' ')}`,
    create: ({ message, terms }) => ({
      node: createHit(ui, message, terms, conversationId !== undefined),
      update: () => undefined,
    }),
  });
  let query = '';
  let terms: string[] = [];
  let hits = new Map<string, Message>();
  let before: string | undefined;
  let running = new AbortController();
  let cancelWait: Cancel = () => undefined;

  /** Shows the results of a query; an empty one, or a single letter, has none. */
  function search(typed: string): void {
    if (typed.trim() === query) return;
    query = typed.trim();
    stop();
    terms = readTerms(query);
    hits = new Map();
    before = undefined;
    setText(errorText, '');
    more.hidden = true;
    // One letter begins half of all words; one character of another script may be a word.
    const isShort = terms.length === 0 || /^[\p{Script=Latin}\d]$/u.test(query);
    node.hidden = isShort;
    if (isShort) {
      show('');
      return;
    }
    add(localHits(ui.state(), terms, conversationId));
    show(t('search.busy'));
    cancelWait = clock.after(DEBOUNCE_MS, () => void go());
  }

  function stop(): void {
    running.abort();
    cancelWait();
  }

  function add(messages: readonly Message[]): void {
    for (const message of messages)
      if (!isConcealed(ui.state(), message)) hits.set(`${message.conversationId} ${message.seq}`, message);
  }

  function show(text: string): void {
    const newestFirst = [...hits.values()].sort((a, b) => b.rev - a.rev || b.seq - a.seq);
    render(newestFirst.map((message) => ({ message, terms })));
    if (status.textContent !== text) announce(status, text);
  }

  /** Asks the server until there is another page of hits, or no more. */
  async function go(): Promise<void> {
    running = new AbortController();
    const { signal } = running;
    more.hidden = true;
    setText(errorText, '');
    const wanted = before === undefined ? PAGE : hits.size + PAGE;
    try {
      do {
        const place = { ...(conversationId && { conversationId }), ...(before && { before }) };
        const page = await askPatiently({ q: query, ...place }, signal);
        if (signal.aborted) return;
        add(page.hits);
        before = page.before;
        if (before) show(progress(page.searchedTo));
      } while (before && hits.size < wanted);
      show(hits.size === 0 ? t('search.none') : t('search.found', { n: hits.size }));
    } catch (thrown) {
      if (signal.aborted) return;
      show(hits.size === 0 ? '' : t('search.local', { n: hits.size }));
      showError(errorText, i18n, thrown);
      setText(more, t('retry'));
      more.hidden = false;
      return;
    }
    setText(more, t('search.more'));
    more.hidden = before === undefined;
  }

  const progress = (searchedTo: number | undefined) =>
    searchedTo === undefined ? t('search.busy') : t('search.busyTo', { date: i18n.date(searchedTo) });

  /** Waits where the server says so. */
  async function askPatiently(input: Parameters<typeof searchMessages>[1], signal: AbortSignal) {
    for (;;) {
      try {
        return await searchMessages(ui.http, input, signal);
      } catch (thrown) {
        const { code, retryAfter } = toApiError(thrown);
        if (signal.aborted || code !== 'TOO_MANY_REQUESTS' || retryAfter === 0) throw thrown;
        await new Promise<void>((resolve) => {
          cancelWait = clock.after(retryAfter * 1000, resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
        if (signal.aborted) throw thrown;
      }
    }
  }

  return { node, search, stop };
}
