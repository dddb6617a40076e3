import type { OpenImport } from '../../../../chat-core/src/wire/wire.ts';
import { newId } from '../../ids.ts';
import type { DateOrder, ParsedChat } from '../../import/imported-chat.ts';
import { type ExportFile, openExport, ReadError, type Reading } from '../../import/read-export.ts';
import { deleteArchive, openImports } from '../../import/upload-import.ts';
import { ZipError } from '../../import/zip.ts';
import { openKeyValueStore } from '../../key-value-store.ts';
import { confirm } from '../dialog.ts';
import { el, setText } from '../el.ts';
import { mountSelect } from '../form/select.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountProgress } from './progress.ts';
import { mountReading } from './reading.ts';
import { type Choices, mountReport } from './report-card.ts';
import { fingerprint, readUnfinished, saveUnfinished } from './unfinished.ts';

/** Brings a chat of WhatsApp or Telegram: choose a file, look at what is in it, import it. */
export function mountImport(ui: Ui): Screen {
  const { i18n, http, state, notify, failed } = ui;
  const { t } = i18n;
  const store = openKeyValueStore();
  const ending = new AbortController();
  const myId = () => state().me?.id ?? '';
  let open: OpenImport | undefined;
  let progress: ReturnType<typeof mountProgress> | undefined;

  const status = el('p', { role: 'status', class: 'panel-note' });
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const body = el('div', { class: 'import' });
  const openCard = el('section', { class: 'card', hidden: true });
  const input = el('input', {
    type: 'file',
    accept: '.txt,.zip,.json,text/plain,application/zip,application/json',
    'aria-label': t('import.choose'),
    on: {
      change: () => {
        const [file] = input.files ?? [];
        input.value = '';
        if (file) void read(file);
      },
    },
  });
  const chooser = el(
    'section',
    { class: 'card import' },
    el('p', {}, t('import.howWhatsapp')),
    el('p', {}, t('import.howTelegram')),
    el(
      'div',
      { class: 'import-buttons' },
      el('span', { class: 'button button-main import-file' }, t('import.choose'), input),
      el('span', { class: 'field-hint' }, t('import.types')),
    ),
    el('p', { class: 'field-hint' }, t('import.private')),
  );
  const node = panel(
    i18n,
    { title: t('import.title'), parent: { name: 'settings' } },
    el('p', { class: 'panel-lead' }, t('import.lead')),
    openCard,
    chooser,
    status,
    errorText,
    body,
  );

  async function showOpen(): Promise<void> {
    [open] = await openImports(http);
    openCard.hidden = !open;
    if (!open) return;
    const count = new Intl.NumberFormat(i18n.locale).format(open.rows);
    openCard.replaceChildren(
      el('p', {}, t('import.open', { name: open.name, rows: count })),
      el('p', { class: 'field-hint' }, t('import.openLead')),
      el(
        'button',
        { type: 'button', class: 'button', on: { click: () => void cancel() } },
        t('import.cancel'),
      ),
    );
  }

  async function cancel(): Promise<void> {
    const question = {
      title: t('import.cancelTitle'),
      lead: t('import.cancelLead'),
      yes: t('import.cancel'),
    };
    if (!open || !(await confirm(i18n, question))) return;
    try {
      await deleteArchive(http, open.conversationId);
      saveUnfinished(store, myId(), undefined);
      notify(t('import.cancelled'));
      restart();
    } catch (thrown) {
      failed(thrown);
    }
  }

  function restart(): void {
    progress?.close();
    progress = undefined;
    body.replaceChildren();
    setText(errorText, '');
    chooser.hidden = false;
    showOpen().catch(failed);
  }

  async function read(file: File): Promise<void> {
    setText(errorText, '');
    setText(status, '');
    const bar = mountReading(ui, ending.signal);
    const { signal } = bar;
    body.replaceChildren(bar.node);
    chooser.hidden = true;
    try {
      const found = await openExport(file, { signal, onProgress: (done) => bar.onProgress(done / 2) });
      const [chat] = found.chats;
      if (found.chats.length > 1) {
        chooser.hidden = false;
        showChats(file, found);
        return;
      }
      const onProgress = (done: number) => bar.onProgress((1 + done) / 2);
      if (chat) await showReport(file, found, await parse(chat, undefined, { signal, onProgress }));
    } catch (thrown) {
      if (ending.signal.aborted) return;
      body.replaceChildren();
      chooser.hidden = false;
      if (signal.aborted) {
        setText(status, t('import.readingCancelled'));
        input.focus();
        return;
      }
      const isKnown = thrown instanceof ReadError || thrown instanceof ZipError;
      setText(errorText, t(`import.fault.${isKnown ? thrown.fault : 'unreadable'}`));
    }
  }

  /** @throws ReadError where there is no chat in it */
  async function parse(
    chat: ExportFile['chats'][number],
    order?: DateOrder,
    reading: Reading = { signal: ending.signal },
  ): Promise<ParsedChat> {
    const parsed = await chat.parse(order, reading);
    if (parsed.rows.length === 0) throw new ReadError('noChat');
    return parsed;
  }

  /** A full export of Telegram has many chats. */
  function showChats(file: File, found: ExportFile): void {
    const options = found.chats.map(({ title }, index) => ({ value: String(index), label: title }));
    let reading: ReturnType<typeof mountReading> | undefined;
    const show = async (value: string) => {
      const chat = found.chats[Number(value)];
      reading?.stop();
      const bar = mountReading(ui, ending.signal);
      reading = bar;
      setText(errorText, '');
      report.replaceChildren(bar.node);
      try {
        const parsed = value !== '' && chat && (await parse(chat, undefined, bar));
        const nodes = parsed ? [await reportNode(file, found, parsed)] : [];
        if (reading === bar) report.replaceChildren(...nodes);
      } catch {
        if (reading !== bar) return;
        report.replaceChildren();
        if (bar.signal.aborted) picker.select.value = '';
        else setText(errorText, t('import.fault.noChat'));
      }
    };
    const first = { value: '', label: '–' };
    const onChange = (value: string) => void show(value);
    const picker = mountSelect({
      label: t('import.pickChat'),
      options: [first, ...options],
      value: '',
      onChange,
    });
    const report = el('div', { class: 'import' });
    body.replaceChildren(el('div', { class: 'card' }, picker.node), report);
  }

  async function showReport(file: File, found: ExportFile, chat: ParsedChat): Promise<void> {
    chooser.hidden = true;
    body.replaceChildren(await reportNode(file, found, chat));
    body.querySelector('h2')?.focus();
  }

  async function reportNode(file: File, found: ExportFile, chat: ParsedChat): Promise<HTMLElement> {
    const known = readUnfinished(store, myId());
    const same = known && known.file === fingerprint(file.size, chat.rows) ? known : undefined;
    const reread = async (order: DateOrder) => {
      const again = found.chats.find(({ title }) => title === chat.title);
      const parsed = again && (await parse(again, order).catch(() => undefined));
      // The other readings stay to be chosen from.
      return parsed && { ...parsed, ...(chat.dates && { dates: chat.dates }) };
    };
    return mountReport(ui, {
      chat: same?.order ? ((await reread(same.order)) ?? chat) : chat,
      media: found.media,
      ...(same && { before: same }),
      reread,
      onImport: (parsed, choices) => begin(file, found, parsed, choices),
      onOtherFile: restart,
    });
  }

  function begin(file: File, found: ExportFile, chat: ParsedChat, choices: Choices): void {
    const known = readUnfinished(store, myId());
    const isSame =
      known !== undefined &&
      open?.conversationId === known.conversationId &&
      known.file === fingerprint(file.size, chat.rows);
    if (open && !isSame) {
      setText(errorText, t('import.openOther', { name: open.name }));
      openCard.scrollIntoView({ block: 'nearest' });
      return;
    }
    const conversationId = isSame ? known.conversationId : newId();
    saveUnfinished(store, myId(), {
      conversationId,
      file: fingerprint(file.size, chat.rows),
      name: choices.name,
      ...(choices.order && { order: choices.order }),
      people: [...choices.people],
    });
    open = { conversationId, source: chat.source, name: choices.name, rows: 0 };
    chooser.hidden = true;
    openCard.hidden = true;
    setText(errorText, '');
    progress = mountProgress(ui, {
      input: {
        conversationId,
        source: chat.source,
        name: choices.name,
        rows: chat.rows,
        people: choices.people,
        media: found.media,
      },
      onDone: () => {
        open = undefined;
        saveUnfinished(store, myId(), undefined);
      },
      onCancel: () => void cancel(),
    });
    body.replaceChildren(progress.node);
    progress.start();
  }

  showOpen().catch(() => undefined);
  return {
    node,
    update: () => undefined,
    focus: () => node.querySelector('h1')?.focus(),
    close(): void {
      ending.abort();
      progress?.close();
    },
  };
}
