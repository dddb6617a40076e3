import type { Id, Message } from '../../../../../chat-core/src/wire/wire.ts';
import { createFileApi } from '../../../api/files.ts';
import { hashOf, type Route } from '../../../router.ts';
import { type FileInfo, isVisual } from '../../../state/file-kind.ts';
import { bubblesOf, companion } from '../../../state/selectors.ts';
import type { State } from '../../../state/state.ts';
import { confirm } from '../../dialog.ts';
import { bdi, el, setText } from '../../el.ts';
import { showError } from '../../error-message.ts';
import { lazyIcon } from '../../lazy-icons.ts';
import { panel, setBackTarget } from '../../panel.ts';
import type { Screen, Ui } from '../../ui.ts';
import { createFileRow } from '../file-row.ts';
import { shownName } from '../source/save-file.ts';
import { createTile } from '../tile.ts';
import { authorName, messageItems } from './chat-gallery.ts';
import { type Gallery, openViewer } from './viewer.ts';

type MediaRoute = Extract<Route, { name: 'media' }>;
type Kind = 'media' | 'links' | 'files';

/** The media, links and files of a conversation, a page each, newest first. */
export function mountMediaPage(
  ui: Ui,
  { conversationId, page = 'media' }: Omit<MediaRoute, 'page'> & { page?: Kind },
): Screen {
  const { i18n } = ui;
  const { t } = i18n;
  const tab = (kind: Kind) => {
    const to: MediaRoute = { name: 'media', conversationId, ...(kind === 'media' ? {} : { page: kind }) };
    const current = kind === page ? { 'aria-current': 'page' } : {};
    // Back leaves the page, not the tab.
    return el(
      'a',
      { class: 'media-tab', 'data-back': true, href: hashOf(to), ...current },
      t(`media.${kind}`),
    );
  };
  const content = el('div', { class: 'media-content' });
  const tabs = el(
    'nav',
    { class: 'media-tabs', 'aria-label': t('media.title') },
    tab('media'),
    tab('links'),
    tab('files'),
  );
  const node = panel(
    i18n,
    { title: t('media.title'), parent: { name: 'chat', conversationId } },
    tabs,
    content,
  );
  const back = node.querySelector('.bar a');
  let updateContent: ((state: State) => void) | undefined;

  return {
    node,
    update(state): void {
      const chat = state.chats[conversationId];
      if (!chat) {
        if (state.live && !updateContent) content.replaceChildren(emptyNote(ui, page));
        return;
      }
      const person = companion(state, chat);
      setBackTarget(
        back,
        person
          ? { name: 'contact', userId: person.id }
          : { name: chat.kind === 'group' ? 'group-info' : 'chat', conversationId },
      );
      updateContent ??=
        page === 'links'
          ? mountLinks(ui, conversationId, content)
          : mountFiles(ui, conversationId, page, content);
      updateContent(state);
    },
    focus: () => node.querySelector('h1')?.focus(),
  };
}

const emptyNote = ({ i18n: { t } }: Ui, page: Kind) =>
  el('p', { class: 'list-empty' }, t(`media.none.${page}`));

/** Who sent a message and when. */
function byline(ui: Ui, conversationId: Id, senderId: Id, at: number): HTMLElement {
  const { i18n, now } = ui;
  const who = authorName(ui, conversationId, senderId);
  return el('p', { class: 'media-by' }, bdi(who), ` · ${i18n.moment(at, now())}`);
}

/** Pictures and videos as tiles, or the other files as rows; the server answers them page by page. */
function mountFiles(ui: Ui, conversationId: Id, kind: 'media' | 'files', content: HTMLElement) {
  const { i18n } = ui;
  const { t } = i18n;
  const api = createFileApi(ui.http);
  const messages: Message[] = [];
  let before: number | undefined;
  let isComplete = false;
  let loading: Promise<boolean> | undefined;

  const list = el('ul', { class: kind === 'media' ? 'media-grid' : 'media-list' });
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const status = el('p', { class: 'media-status', role: 'status', tabindex: -1 });
  const moreButton = el(
    'button',
    { type: 'button', class: 'button', hidden: true, on: { click: () => void loadMore() } },
    t('media.more'),
  );
  content.replaceChildren(list, status, errorText, moreButton);

  const gallery: Gallery = {
    conversationId,
    items: () => messages.toReversed().flatMap((message) => messageItems(ui, message)),
    loadOlder: async () => !isComplete && loadMore(),
  };

  /** Loads the next page; resolves with whether it brought anything. Calls at the same time share one. */
  function loadMore(): Promise<boolean> {
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  async function load(): Promise<boolean> {
    setText(status, t('form.busy'));
    setText(errorText, '');
    moreButton.disabled = true;
    try {
      const page = await api.filesOf(conversationId, { kind, ...(before === undefined ? {} : { before }) });
      messages.push(...page.messages);
      before = page.before;
      isComplete = before === undefined;
      list.append(...page.messages.flatMap(itemsOf));
      setText(moreButton, t('media.more'));
      setText(status, isComplete && !list.firstElementChild ? t(`media.none.${kind}`) : '');
      return page.messages.length > 0;
    } catch (thrown) {
      setText(status, '');
      setText(moreButton, t('retry'));
      showError(errorText, i18n, thrown);
      return false;
    } finally {
      moreButton.disabled = false;
      moreButton.hidden = isComplete;
    }
  }

  function itemsOf({ seq, senderId, timestamp, attachments = [] }: Message): HTMLElement[] {
    const wanted = attachments.filter((file) => isVisual(file) === (kind === 'media'));
    const open = (fileId: Id) => openViewer(ui, gallery, fileId);
    const remove = (file: FileInfo) =>
      senderId === ui.state().me?.id ? [removeButton(seq, shownName(file.name))] : [];
    const items = wanted.map((file) =>
      kind === 'media'
        ? el('li', {}, createTile(ui, { conversationId, open }, { file, seq, more: 0 }).node, ...remove(file))
        : el(
            'li',
            {},
            createFileRow(ui, conversationId, { file, seq }).node,
            byline(ui, conversationId, senderId, timestamp),
            ...remove(file),
          ),
    );
    for (const item of items) item.dataset.seq = String(seq);
    return items;
  }

  /** Deletes the message of an own file for everyone, which alone frees its room. */
  function removeButton(seq: number, name: string): HTMLElement {
    const onClick = async () => {
      const sure = { title: t('remove.title'), lead: t('media.removeLead'), yes: t('remove.everyone') };
      if (!(await confirm(i18n, sure))) return;
      try {
        await ui.actions.deleteForEveryone({ conversationId, seq });
      } catch (thrown) {
        return ui.failed(thrown);
      }
      const index = messages.findIndex((message) => message.seq === seq);
      if (index >= 0) messages.splice(index, 1);
      const removed = [...list.children].filter((item) => (item as HTMLElement).dataset.seq === String(seq));
      for (const item of removed) item.remove();
      if (isComplete && !list.firstElementChild) setText(status, t(`media.none.${kind}`));
      status.focus();
    };
    const label = t('media.remove', { name });
    return el(
      'button',
      { type: 'button', class: 'media-remove', 'aria-label': label, on: { click: () => void onClick() } },
      lazyIcon('trash'),
    );
  }

  void loadMore();
  return () => undefined;
}

/** The links in the messages that this browser holds: the server stores texts sealed and knows no links. */
function mountLinks(ui: Ui, conversationId: Id, content: HTMLElement) {
  const { t } = ui.i18n;
  const list = el('ul', { class: 'media-list' });
  const empty = emptyNote(ui, 'links');
  content.replaceChildren(el('p', { class: 'panel-note' }, t('media.linksHint')), list, empty);
  let shown = '';
  let linkify: typeof import('../../conversation/linkify.ts').linkify | undefined;

  function update(state: State): void {
    ui.actions.open(conversationId);
    const [chat, links] = [state.chats[conversationId], linkify];
    if (!links || !chat) return;
    const found = bubblesOf(state, chat)
      .toReversed()
      .flatMap(({ text, senderId, at, deleted, locked }) => {
        const parts = deleted || locked ? [] : links(text);
        const found = parts
          .filter((part) => typeof part !== 'string')
          .filter(({ href }) => /^http/.test(href));
        return found.map((link) => ({ link, senderId, at }));
      });
    empty.hidden = found.length > 0 || !chat.loaded;
    const key = JSON.stringify(found.map(({ link, at }) => [link.href, at]));
    if (key === shown) return;
    shown = key;
    list.replaceChildren(
      ...found.map(({ link, senderId, at }) => {
        link.className = 'media-link';
        return el('li', {}, link, byline(ui, conversationId, senderId, at));
      }),
    );
  }

  import('../../conversation/linkify.ts').then((part) => {
    ({ linkify } = part);
    update(ui.state());
  }, ui.failed);
  return update;
}
