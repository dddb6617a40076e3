import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { isRetryable, toApiError } from '../../api/api-error.ts';
import type { FileInfo } from '../../state/file-kind.ts';
import { bdi, el, setText, visuallyHidden } from '../el.ts';
import { formatSize } from '../format-size.ts';
import { type LazyIconName, lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';
import { clockTime } from '../voice/duration.ts';
import { kindOf } from './file-kind.ts';
import { fileName } from './file-name.ts';
import { openSource } from './source/file-source.ts';
import { saveFile, shownName } from './source/save-file.ts';

/** A file without a tile. `receivedAt`: when the message of another person was sent. */
export type RowItem = { file: FileInfo; seq: number | undefined; receivedAt?: number };

const ARCHIVE = /(zip|rar|7z|tar|gzip|compressed)/;
const SHEET = /(sheet|excel|csv)/;
const DOCUMENT = /(pdf|word|text|document|presentation|powerpoint)/;

function iconOf({ type, locked }: FileInfo): LazyIconName {
  if (locked) return 'lock';
  if (ARCHIVE.test(type)) return 'archive';
  if (SHEET.test(type)) return 'sheet';
  return DOCUMENT.test(type) ? 'document' : 'file';
}

/**
 * A file in a bubble: its name, its size, and one button that downloads it and stops that; audio also has one that plays it.
 * Nothing is opened in the page.
 */
export function createFileRow(ui: Ui, conversationId: Id, item: RowItem) {
  const { t, locale } = ui.i18n;
  let { file, seq } = item;
  let loading: AbortController | undefined;
  let stored = 0;
  let problem = '';

  const kind = kindOf(file);
  const isAudio = kind === 'audio' || kind === 'voice';
  // The name of a recording means nothing to those who get it.
  const title = file.locked ? t('file.locked') : kind === 'voice' ? t('file.kind.voice') : undefined;
  const name = title ? bdi(title, 'file-name') : fileName(file.name, 'file-name');
  const meta = el('span', { class: 'file-meta' });
  // The name of the button is what it says, and before that what it does.
  const verb = visuallyHidden('');
  const action = el('span', { class: 'file-action' });
  const status = el('span', { class: 'visually-hidden', role: 'status' });
  const saveButton = el(
    'button',
    { type: 'button', class: 'file-row', on: { click: onSave } },
    verb,
    el('span', { class: 'file-icon' }, lazyIcon(isAudio ? 'play' : iconOf(file))),
    el('span', { class: 'file-text' }, name, ' ', meta),
    action,
  );
  const node = el('div', { class: 'file' }, isAudio ? audioRow() : saveButton, status);

  const source = () => openSource(ui, { conversationId, seq, file });

  /** Audio is played in place, by an address that the element itself asks for; it is fetched when it is wanted. */
  function audioRow(): HTMLElement {
    const play = el(
      'button',
      { type: 'button', class: 'file-icon', 'aria-label': playLabel() },
      lazyIcon('play'),
    );
    const save = el(
      'button',
      { type: 'button', class: 'file-action', 'aria-label': t('file.save', { name: shownName(file.name) }) },
      lazyIcon('down'),
    );
    play.addEventListener('click', () => void startAudio());
    save.addEventListener('click', onSave);
    return el('div', { class: 'file-row' }, play, el('span', { class: 'file-text' }, name, meta), save);
  }

  function playLabel(): string {
    return t('file.play', { name: title ?? shownName(file.name) });
  }

  async function startAudio(): Promise<void> {
    const audio = el('audio', { controls: true, class: 'file-audio', 'aria-label': playLabel() });
    try {
      audio.src = await source().address();
      node.querySelector('.file-text')?.replaceChildren(audio);
      renewAddress(
        ui,
        audio,
        () => source().address(),
        () => failAudio(audio),
      );
      audio.focus();
      // Without a press just before, a browser leaves the start to its own button.
      await audio.play().catch(() => undefined);
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** It can be saved nevertheless. */
  function failAudio(audio: HTMLAudioElement): void {
    audio.replaceWith(name, meta);
    problem = t('file.unplayable');
    setText(status, problem);
    show();
  }

  function onSave(): void {
    if (file.locked) return;
    if (loading) loading.abort();
    else void save();
  }

  async function save(): Promise<void> {
    const controller = new AbortController();
    loading = controller;
    stored = 0;
    problem = '';
    show();
    try {
      const content = await source().blob((bytes) => {
        stored = bytes;
        show();
      }, controller.signal);
      saveFile(file.name, content);
      setText(status, t('file.saved', { name: shownName(file.name) }));
    } catch (thrown) {
      if (!controller.signal.aborted) fail(thrown);
    } finally {
      loading = undefined;
      show();
    }
  }

  function fail(thrown: unknown): void {
    problem = t(isRetryable(toApiError(thrown).code) ? 'file.failed' : 'file.gone');
    setText(status, problem);
    show();
  }

  function show(): void {
    const size = formatSize(file.size, locale);
    const about = file.durationMs === undefined ? size : `${clockTime(file.durationMs)} · ${size}`;
    const shown = loading ? `${Math.floor((stored / file.size) * 100)} % · ${size}` : problem || about;
    setText(meta, file.locked ? t('file.lockedHint') : shown);
    if (isAudio) return;
    const actionIcon: LazyIconName = loading ? 'close' : 'down';
    if (action.dataset.icon !== actionIcon) action.replaceChildren(lazyIcon(actionIcon));
    action.dataset.icon = actionIcon;
    action.hidden = file.locked === true;
    setText(verb, file.locked ? '' : `${t(loading ? 'file.stop' : 'viewer.save')} `);
    saveButton.toggleAttribute('disabled', file.locked === true);
  }

  show();
  return {
    node,
    update(next: RowItem): void {
      ({ file, seq } = next);
      show();
    },
  };
}

/**
 * Plays on with a new address where the old one has expired: it is valid for some minutes only. `onFail`: it cannot be
 * played, for another reason or because there is no new address.
 */
export function renewAddress(
  ui: Ui,
  media: HTMLMediaElement,
  address: () => Promise<string>,
  onFail: () => void,
): void {
  let renewedAt = ui.clock.now();
  media.addEventListener('error', () => {
    // An address that fails at once fails for another reason.
    if (ui.clock.now() - renewedAt < MIN_VALID_MS) return onFail();
    renewedAt = ui.clock.now();
    const { currentTime } = media;
    void address().then((next) => {
      media.src = next;
      media.currentTime = currentTime;
      void media.play().catch(() => undefined);
    }, onFail);
  });
}

const MIN_VALID_MS = 20_000;
