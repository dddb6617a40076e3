import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Key } from '../../i18n/language.ts';
import type { DateOrder, ParsedChat } from '../../import/imported-chat.ts';
import type { ExportFile } from '../../import/read-export.ts';
import { type ImportReport, reportOf } from '../../import/report.ts';
import { nameOf } from '../../state/selectors.ts';
import { bdi, el } from '../el.ts';
import { mountSelect } from '../form/select.ts';
import { formatSize } from '../format-size.ts';
import type { Ui } from '../ui.ts';
import type { Unfinished } from './unfinished.ts';

/** What the person decides before an import. */
export type Choices = { name: string; people: Map<string, Id>; order?: DateOrder };

/** Authors that are listed; more keep their names. */
const MAX_AUTHORS = 50;
/** A name of a group has at most so many characters. */
const MAX_NAME = 64;
const ORDER_PARTS: Record<DateOrder, (day: string) => [string, string, string]> = {
  dmy: (written) => numbersOf(written, [0, 1, 2]),
  mdy: (written) => numbersOf(written, [1, 0, 2]),
  ymd: (written) => numbersOf(written, [2, 1, 0]),
};

type Input = {
  chat: ParsedChat;
  media: ExportFile['media'];
  /** The choices of an import that goes on. */
  before?: Unfinished;
  reread(order: DateOrder): Promise<ParsedChat | undefined>;
  onImport(chat: ParsedChat, choices: Choices): void;
  onOtherFile(): void;
};

/** What is in a chat, and what is to become of its names and dates, with the button that imports it. */
export function mountReport(
  ui: Ui,
  { chat: first, media, before, reread, onImport, onOtherFile }: Input,
): HTMLElement {
  const { i18n } = ui;
  const { t, locale } = i18n;
  const number = new Intl.NumberFormat(locale);
  const node = el('div', { class: 'import' });
  const people = new Map(before?.people ?? []);
  let order = before?.order;
  const nameInput = el('input', {
    id: 'import-name',
    type: 'text',
    dir: 'auto',
    maxlength: MAX_NAME,
    value: before?.name ?? [...first.title].slice(0, MAX_NAME).join(''),
  });

  function show(chat: ParsedChat): void {
    const report = reportOf(chat, (file) => media(file)?.size);
    node.replaceChildren(
      el(
        'section',
        { class: 'card import' },
        el('h2', { tabindex: -1 }, t('import.report')),
        figures(report),
        report.media.missing + report.media.leftOut > 0
          ? el(
              'p',
              { class: 'field-hint' },
              t('import.mediaMissing', { n: number.format(report.media.missing + report.media.leftOut) }),
            )
          : undefined,
        report.ahead > 0
          ? el('p', { class: 'field-hint' }, t('import.ahead', { n: number.format(report.ahead) }))
          : undefined,
        el('div', { class: 'field' }, el('label', { for: 'import-name' }, t('import.name')), nameInput),
        datesOf(chat),
        problemsOf(chat),
      ),
      authorsOf(report),
      el(
        'div',
        { class: 'import-buttons' },
        el(
          'button',
          { type: 'button', class: 'button button-main', on: { click: () => submit(chat) } },
          t('import.submit', { n: chat.rows.length }).replace(
            String(chat.rows.length),
            number.format(chat.rows.length),
          ),
        ),
        el('button', { type: 'button', class: 'button', on: { click: onOtherFile } }, t('import.otherFile')),
      ),
    );
  }

  function submit(chat: ParsedChat): void {
    onImport(chat, { name: nameInput.value.trim() || first.title, people, ...(order && { order }) });
  }

  function figures({ messages, from, to, media: found }: ImportReport): HTMLElement {
    const files =
      found.found > 0
        ? t('import.mediaFound', { n: found.found, size: formatSize(found.bytes, locale) })
        : t('import.mediaNone');
    const rows: [Key, string][] = [
      ['import.messages', number.format(messages)],
      ['import.from', i18n.date(from)],
      ['import.to', i18n.date(to)],
      ['import.media', files],
    ];
    return el(
      'dl',
      { class: 'figures' },
      ...rows.map(([key, value]) =>
        el('div', { class: 'figure' }, el('dt', {}, t(key)), el('dd', {}, value)),
      ),
    );
  }

  function datesOf({ dates }: ParsedChat): HTMLElement | undefined {
    if (!dates) return undefined;
    const choose = async (value: string) => {
      order = value as DateOrder;
      const parsed = await reread(order);
      if (parsed) show(parsed);
    };
    const { node: field } = mountSelect({
      label: t('import.dates'),
      hint: t('import.datesHint', { example: dates.example }),
      options: dates.orders.map((one) => ({ value: one, label: exampleDate(dates.example, one) })),
      value: order ?? dates.orders[0] ?? 'dmy',
      onChange: (value) => void choose(value),
    });
    return field;
  }

  /** The example as a date of this language, read in an order. */
  function exampleDate(written: string, of: DateOrder): string {
    const [day, month, year] = ORDER_PARTS[of](written).map(Number) as [number, number, number];
    return i18n.date(new Date(year < 100 ? 2000 + year : year, month - 1, day, 12).getTime());
  }

  function problemsOf({ problemCount, problems }: ParsedChat): HTMLElement | undefined {
    if (problemCount === 0) return undefined;
    return el(
      'details',
      { class: 'import-problems' },
      el('summary', {}, t('import.problems', { n: problemCount })),
      el('ul', {}, ...problems.map(({ line, text }) => el('li', {}, t('import.problem', { line, text })))),
    );
  }

  function authorsOf({ authors }: ImportReport): HTMLElement {
    const { me, friends } = ui.state();
    const options = [
      { value: '', label: t('import.asName') },
      ...(me ? [{ value: me.id, label: t('import.me', { name: nameOf(me) }) }] : []),
      ...friends.map((one) => ({ value: one.id, label: nameOf(one) })),
    ];
    const rest = authors.length - MAX_AUTHORS;
    return el(
      'section',
      { class: 'card' },
      el('h2', {}, t('import.authors', { n: number.format(authors.length) })),
      el('p', { class: 'field-hint' }, t('import.authorsHint')),
      ...authors.slice(0, MAX_AUTHORS).map(({ name, messages }) => authorRow(name, messages, options)),
      rest > 0 ? el('p', {}, t('import.moreAuthors', { n: rest })) : undefined,
    );
  }

  function authorRow(
    name: string,
    messages: number,
    options: { value: string; label: string }[],
  ): HTMLElement {
    const select = el(
      'select',
      {
        'aria-label': name,
        on: {
          change: () => {
            if (select.value) people.set(name, select.value);
            else people.delete(name);
          },
        },
      },
      ...options.map(({ value, label }) => el('option', { value }, label)),
    );
    select.value = people.get(name) ?? '';
    const text = el('span', {}, bdi(name), el('small', {}, t('import.authorMessages', { n: messages })));
    return el('div', { class: 'import-author' }, text, el('div', { class: 'field' }, select));
  }

  show(first);
  return node;
}

function numbersOf(written: string, places: [number, number, number]): [string, string, string] {
  const parts = written.split(/\D+/).filter((part) => part !== '');
  return places.map((place) => parts[place] ?? '1') as [string, string, string];
}
