import { newId } from '../../ids.ts';
import type { NewFile } from '../../outbox/uploads.lazy.ts';
import { fileName } from '../attachments/file-name.ts';
import { shownName } from '../attachments/source/save-file.ts';
import { el, setText } from '../el.ts';
import { formatSize } from '../format-size.ts';
import { lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';
import { type PreparedFile, prepareFile } from './prepare-file.ts';

export type FileItem = ReturnType<typeof createFileItem>;
type Hooks = { onChange: () => void; onRemove: () => void; maxBytes: () => number | undefined };

/** One chosen file in the sheet: what it shows, its size, for a photo its description and whether it goes as the original. */
export function createFileItem({ i18n }: Pick<Ui, 'i18n'>, file: File, hooks: Hooks) {
  const { t, locale } = i18n;
  const name = shownName(file.name);
  let prepared: PreparedFile | undefined;
  let isUnreadable = false;
  let isRemoved = false;
  let url = '';

  const picture = el('div', { class: 'attach-picture' }, lazyIcon('file'));
  const size = el('p', { class: 'attach-size' }, t('attach.preparing'));
  const problem = el('p', { class: 'field-error' });
  const note = el('p', { class: 'attach-size' });
  const description = el('input', {
    type: 'text',
    class: 'attach-alt',
    dir: 'auto',
    maxlength: 500,
    placeholder: t('attach.alt'),
    'aria-label': t('attach.altOf', { name }),
  });
  const original = el('input', { type: 'checkbox', on: { change: hooks.onChange } });
  const originalRow = el('label', { class: 'attach-original' }, original, t('attach.original'));
  const photoRows = el('div', { class: 'attach-photo', hidden: true }, description, originalRow);
  const removeButton = el(
    'button',
    {
      type: 'button',
      class: 'icon-button',
      'aria-label': t('attach.remove', { name }),
      on: { click: hooks.onRemove },
    },
    lazyIcon('close'),
  );
  const node = el(
    'li',
    { class: 'attach-item' },
    picture,
    el('div', { class: 'attach-about' }, fileName(file.name, 'attach-name'), size, problem, note),
    removeButton,
    photoRows,
  );

  /** What keeps it from being sent. */
  function problemOf(): string {
    const max = hooks.maxBytes();
    if (isUnreadable) return t('attach.unreadable');
    if (!prepared) return '';
    if (prepared.blob.size === 0) return t('attach.empty');
    return max && prepared.blob.size > max ? t('attach.tooLarge', { size: formatSize(max, locale) }) : '';
  }

  function show(): void {
    setText(problem, problemOf());
    setText(size, isUnreadable ? '' : t('attach.preparing'));
    if (!prepared) return;
    setText(size, formatSize(prepared.blob.size, locale));
    setText(note, prepared.keepsMetadata ? t('attach.metadata') : '');
    photoRows.hidden = !prepared.isPhoto;
    originalRow.hidden = !original.checked && prepared.blob.size >= file.size;
  }

  function showPicture({ blob, isPhoto }: PreparedFile): void {
    URL.revokeObjectURL(url);
    if (!isPhoto) return;
    url = URL.createObjectURL(blob);
    picture.replaceChildren(el('img', { src: url, alt: '' }));
  }

  return {
    node,
    removeButton,
    bytes: () => prepared?.blob.size ?? file.size,
    /** Prepares it, again after a change of what is wanted; does nothing when it is prepared so already. */
    async prepare(): Promise<void> {
      const wanted = original.checked;
      prepared = undefined;
      show();
      const next = await prepareFile(file, wanted).catch(() => undefined);
      if (isRemoved) return;
      prepared = next;
      isUnreadable = next === undefined;
      if (next) showPicture(next);
      show();
    },
    show,
    hasProblem: () => problemOf() !== '',
    result(): NewFile | undefined {
      if (!prepared) return undefined;
      const { blob, name, type, look } = prepared;
      const alt = description.value.trim();
      const described = { ...look, ...(alt && prepared.isPhoto ? { alt } : {}) };
      return {
        file: blob,
        pending: { id: newId(), name, type, size: blob.size, look: described, stored: 0 },
      };
    },
    close(): void {
      isRemoved = true;
      URL.revokeObjectURL(url);
    },
  };
}
